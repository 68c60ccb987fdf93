'use strict';
function copyText(text, button, fallback) {
  const done = () => { button.textContent = 'Copied'; };
  const select = () => {  // if the page may not write to the clipboard
    window.getSelection().selectAllChildren(fallback);
    button.textContent = 'Selected: press Ctrl-C';
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, select);
  else select();
}

// The trials: their texts, the panel of one, and the selection that table and figures share.
function makeTrials({ goals, trials, parallel }) {
  const panel = document.getElementById('trial');
  const listeners = [];
  let opener = null;

  const plain = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  function short(value) {
    if (value === undefined || value === null) return '-';
    const text = typeof value === 'number' ? String(Number(value.toPrecision(4))) : typeof value === 'string' ? value : JSON.stringify(value);
    return text.length > 40 ? text.slice(0, 39) + '…' : text;
  }

  const texts = {};
  function hover(number) {  // plotly renders some HTML, so names are escaped
    if (!(number in trials)) return '';
    if (!(number in texts)) {
      const trial = trials[number];
      const lines = ['<b>trial ' + number + '</b>, ' + plain(trial.end)];
      for (const goal of goals) if (goal.name in trial.values) lines.push(plain(goal.title) + ': ' + plain(short(trial.values[goal.name])));
      const names = Object.keys(trial.parameters || {});
      for (const name of names.slice(0, 12)) lines.push(plain(name) + ' = ' + plain(short(trial.parameters[name])));
      if (names.length > 12) lines.push('and ' + (names.length - 12) + ' more');
      if (trial.arm) lines.push(plain(trial.arm) + ': ' + plain(short(trial.why)));
      if (trial.reason) lines.push(plain(short(trial.reason)));
      texts[number] = lines.join('<br>');
    }
    return texts[number];
  }

  function element(name, text, parent, attributes) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const key in attributes || {}) made.setAttribute(key, attributes[key]);
    if (parent) parent.append(made);
    return made;
  }

  function drawing(name, attributes, parent) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (parent) parent.append(made);
    return made;
  }

  function sparkline(values) {
    const low = Math.min(...values), high = Math.max(...values), n = values.length;
    const points = values.map((v, i) => (n > 1 ? 4 + 232 * i / (n - 1) : 120).toFixed(1) + ',' + (44 - (high > low ? 40 * (v - low) / (high - low) : 20)).toFixed(1));
    const svg = drawing('svg', { viewBox: '0 0 240 48', class: 'curve', role: 'img', 'aria-label': 'Learning curve from ' + short(values[0]) + ' to ' + short(values[n - 1]) });
    drawing('polyline', { points: points.join(' ') }, svg);
    for (const point of points) drawing('circle', { cx: point.split(',')[0], cy: point.split(',')[1], r: 1.6 }, svg);
    return svg;
  }

  function rows(table, heading, entries) {
    if (!entries.length) return;
    element('th', heading, element('tr', undefined, table), { colspan: 2, scope: 'colgroup' });
    for (const [name, value] of entries) {
      const row = element('tr', undefined, table);
      element('td', name, row);
      element('td', typeof value === 'string' ? value : JSON.stringify(value), row);
    }
  }

  function show(number) {
    const trial = trials[number];
    if (!trial) return;
    opener = document.activeElement;
    const body = panel.querySelector('div');
    body.replaceChildren();
    element('h3', 'Trial ' + number + ', ' + trial.end, body);
    if (trial.curve) body.append(sparkline(trial.curve));
    const table = element('table', undefined, body);
    rows(table, 'Values', Object.entries(trial.values));
    rows(table, 'Parameters', Object.entries(trial.parameters || {}));
    rows(table, 'Trial', [
      ...(trial.seconds === undefined ? [] : [['time (s)', trial.seconds]]),
      ...(trial.reason ? [['reason', trial.reason]] : []),
      ...(trial.arm ? [['suggested by', trial.arm], ['because', trial.why || '-']] : []),
    ]);
    panel.querySelector('.copy').onclick = (event) => copyText(JSON.stringify(trial.parameters, null, 2), event.target, table);
    panel.querySelector('.copy').textContent = 'Copy parameters';
    panel.hidden = false;
    panel.querySelector('.close').focus({ preventScroll: true });
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    if (opener && opener.focus) opener.focus({ preventScroll: true });
  }

  // Choose trials by number, null for all of them; the part that chose does not hear of it.
  function choose(numbers, part) {
    for (const [own, listener] of listeners) if (own !== part) listener(numbers);
  }

  panel.querySelector('.close').addEventListener('click', close);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  return { goals, trials, parallel, hover, short, show, choose, element, drawing, listen: (part, listener) => listeners.push([part, listener]) };
}
