'use strict';
// The table of all trials: sorted by any column, filtered by text, status and selection.
function drawTable(Trials) {
  const host = document.getElementById('all-trials');
  if (!host) return;
  const { goals, trials, element } = Trials;
  const numbers = Object.keys(trials).map(Number);
  const names = [...new Set(numbers.flatMap((n) => Object.keys(trials[n].parameters || {})))];
  const columns = [
    { title: 'trial', value: (n) => n },
    { title: 'status', value: (n) => trials[n].end },
    ...goals.map((goal) => ({ title: goal.title, value: (n) => trials[n].values[goal.name], larger: goal.larger })),
    { title: 'time (s)', value: (n) => trials[n].seconds },
    ...names.map((name) => ({ title: name, value: (n) => (trials[n].parameters || {})[name] })),
  ];
  let chosen = null, by = goals.length ? 2 : 0, descending = goals.length ? goals[0].larger : false;

  const bar = element('div', undefined, host, { class: 'bar' });
  const words = element('input', undefined, bar, { type: 'search', placeholder: 'Filter, such as adam', 'aria-label': 'Filter the trials by text' });
  const status = element('select', undefined, bar, { 'aria-label': 'Filter the trials by status' });
  element('option', 'all', status, { value: '' });
  for (const end of new Set(numbers.map((n) => trials[n].end))) element('option', end, status, { value: end });
  const clear = element('button', 'Show all', bar, { type: 'button' });
  const told = element('span', '', bar, { class: 'soft', role: 'status' });
  const table = element('table', undefined, element('div', undefined, host, { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': 'All trials' }), { class: 'trials' });
  const head = element('tr', undefined, element('thead', undefined, table));
  const body = element('tbody', undefined, table);

  columns.forEach((column, i) => {
    const cell = element('th', undefined, head, { scope: 'col' });
    element('button', column.title, cell, { type: 'button' }).addEventListener('click', () => {
      descending = by === i ? !descending : Boolean(column.larger);
      by = i;
      draw();
    });
  });

  const rows = new Map(numbers.map((number) => {
    const row = element('tr', undefined, undefined, { tabindex: '0' });
    columns.forEach((column, i) => {
      const value = column.value(number);
      const text = value !== null && typeof value === 'object' && value._name ? value._name : Trials.short(value);
      element('td', text, row, { 'data-label': column.title, ...(typeof value === 'number' ? { class: 'n' } : {}) });
    });
    row.addEventListener('click', () => Trials.show(number));
    row.addEventListener('keydown', (event) => { if (event.key === 'Enter') Trials.show(number); });
    return [number, row];
  }));
  const haystack = new Map(numbers.map((n) => [n, JSON.stringify([trials[n].parameters, trials[n].reason, trials[n].arm]).toLowerCase()]));

  function order(a, b) {
    const [x, y] = [columns[by].value(a), columns[by].value(b)];
    const known = [x, y].map((v) => v !== undefined && v !== null);
    if (!known[0] || !known[1]) return known[1] - known[0] || a - b;  // unknown values come last
    const sign = typeof x === 'number' && typeof y === 'number' ? x - y : String(JSON.stringify(x)).localeCompare(String(JSON.stringify(y)));
    return (descending ? -sign : sign) || a - b;
  }

  function draw() {
    const text = words.value.trim().toLowerCase();
    const shown = numbers.filter((n) => (!chosen || chosen.has(n)) && (!status.value || trials[n].end === status.value) && (!text || haystack.get(n).includes(text))).sort(order);
    body.replaceChildren(...shown.map((n) => rows.get(n)));
    head.childNodes.forEach((cell, i) => {
      if (i === by) cell.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    });
    told.textContent = shown.length + ' of ' + numbers.length + ' trials';
    return shown;
  }

  function filter() {
    const shown = draw();
    Trials.choose(shown.length < numbers.length ? new Set(shown) : null, 'table');
  }
  words.addEventListener('input', filter);
  status.addEventListener('change', filter);
  clear.addEventListener('click', () => {
    words.value = status.value = '';
    chosen = null;
    draw();
    Trials.choose(null, 'table');
  });
  Trials.listen('table', (found) => { chosen = found; draw(); });
  draw();
}
