'use strict';
// Draws the figures one after the other, so that the page can be read in the meantime.
(function () {
  const phone = window.matchMedia('(max-width: 600px)').matches;
  const { goals, trials } = JSON.parse(document.getElementById('trials').textContent);
  const grid = { automargin: true, gridcolor: '#e8ebf0', zerolinecolor: '#c9d0d9', linecolor: '#c9d0d9' };
  const template = { layout: {
    margin: { l: 10, r: 10, t: 10, b: 10 }, xaxis: grid, yaxis: grid, hovermode: 'closest', showlegend: true,
    legend: { orientation: 'h', yanchor: 'bottom', y: 1, x: 0 }, hoverlabel: { align: 'left' },
    font: { color: '#1c2430', size: phone ? 11 : 12 }, paper_bgcolor: 'white', plot_bgcolor: 'white',
  } };
  const panel = document.getElementById('trial');

  function showTrial(number) {
    if (!(number in trials)) return;
    panel.querySelector('pre').textContent = 'trial ' + number + '\n' + JSON.stringify(trials[number], null, 2);
    panel.hidden = false;
  }
  panel.querySelector('button').addEventListener('click', () => { panel.hidden = true; });

  function wrap(title) {  // plotly does not wrap titles
    let line = 0;
    title.text = title.text.split(' ').map((word) => {
      line += word.length + 1;
      if (line <= 34) return ' ' + word;
      line = word.length;
      return '<br>' + word;
    }).join('').trim();
  }

  const plain = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const short = (value) => {
    const text = typeof value === 'number' ? String(Number(value.toPrecision(4))) : typeof value === 'string' ? value : JSON.stringify(value);
    return plain(text.length > 40 ? text.slice(0, 39) + '…' : text);
  };
  const texts = {};
  function hover(number) {  // plotly renders some HTML, so names are escaped
    if (!(number in trials)) return '';
    if (!(number in texts)) {
      const trial = trials[number];
      const lines = ['<b>trial ' + number + '</b>, ' + plain(trial.end)];
      for (const goal of goals) if (goal in trial.values) lines.push(plain(goal) + ': ' + short(trial.values[goal]));
      const names = Object.keys(trial.parameters || {});
      for (const name of names.slice(0, 12)) lines.push(plain(name) + ' = ' + short(trial.parameters[name]));
      if (names.length > 12) lines.push('and ' + (names.length - 12) + ' more');
      if (trial.arm) lines.push(plain(trial.arm) + ': ' + short(trial.why));
      if (trial.reason) lines.push(short(trial.reason));
      texts[number] = lines.join('<br>');
    }
    return texts[number];
  }

  function draw(plot) {
    if (plot.dataset.drawn) return;
    plot.dataset.drawn = 'yes';
    const figure = JSON.parse(document.getElementById(plot.id + '-data').textContent);
    for (const trace of figure.data) if (trace.meta === 'trials') trace.hovertext = trace.customdata.map(hover);
    figure.layout.template = template;
    if (phone) {
      figure.layout.dragmode = false;  // so that a drag scrolls the page
      [figure.layout.xaxis, figure.layout.yaxis].forEach((axis) => wrap(axis.title));
    }
    const buttons = ['lasso2d', 'select2d', 'autoScale2d', 'zoomIn2d', 'zoomOut2d'];
    const bar = phone || plot.closest('.small') ? false : 'hover';
    Plotly.newPlot(plot, figure.data, figure.layout, { responsive: true, displaylogo: false, displayModeBar: bar, modeBarButtonsToRemove: buttons });
    if (!performance.getEntriesByName('first figure').length) performance.mark('first figure');
    plot.on('plotly_click', (event) => showTrial(event.points[0].customdata));
  }

  const later = window.requestIdleCallback || ((call) => setTimeout(call, 0));
  const waiting = Array.from(document.querySelectorAll('.plot')).filter((plot) => !plot.closest('details'));
  function next() {
    const plot = waiting.shift();
    if (plot) { draw(plot); later(next); } else { performance.mark('all figures'); document.body.dataset.ready = 'yes'; }
  }
  document.querySelectorAll('details').forEach((details) => {
    details.addEventListener('toggle', () => { if (details.open) details.querySelectorAll('.plot').forEach(draw); });
  });
  document.querySelectorAll('.code button').forEach((button) => {
    button.addEventListener('click', () => {
      const text = button.parentElement.querySelector('pre').textContent;
      const done = () => { button.textContent = 'Copied'; };
      if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, () => select(button));
      else select(button);
    });
  });
  function select(button) {  // fallback if the page may not write to the clipboard
    window.getSelection().selectAllChildren(button.parentElement.querySelector('pre'));
    button.textContent = 'Selected: press Ctrl-C';
  }
  requestAnimationFrame(() => setTimeout(next, 0));
})();
