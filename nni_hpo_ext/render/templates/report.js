'use strict';
// Draws the figures one after the other, so that the page can be read in the meantime.
(async function () {
  const phone = window.matchMedia('(max-width: 600px)').matches;
  const dark = window.matchMedia('(prefers-color-scheme: dark)');

  function template(night) {
    const ink = night ? '#e6e9ee' : '#1c2430', line = night ? '#3a4452' : '#e8ebf0', back = night ? '#1b212a' : 'white';
    const grid = { automargin: true, gridcolor: line, zerolinecolor: line, linecolor: line };
    return { layout: {
      margin: { l: 10, r: 10, t: 10, b: 10 }, xaxis: grid, yaxis: grid, hovermode: 'closest', showlegend: true,
      legend: { orientation: 'h', yanchor: 'bottom', y: 1, x: 0 }, hoverlabel: { align: 'left' },
      updatemenudefaults: { bgcolor: back, bordercolor: line, font: { color: ink } },
      font: { color: ink, size: phone ? 11 : 12 }, paper_bgcolor: back, plot_bgcolor: back,
    } };
  }

  function wrap(title) {  // plotly does not wrap titles
    let line = 0;
    title.text = title.text.split(' ').map((word) => {
      line += word.length + 1;
      if (line <= 34) return ' ' + word;
      line = word.length;
      return '<br>' + word;
    }).join('').trim();
  }

  let data = null, Trials = null;
  const marked = (trace) => trace.meta === 'trials' && /markers/.test(trace.mode);

  function figureOf(plot, night) {
    let text = JSON.stringify(data.figures[plot.id]);
    if (night) for (const [light, bright] of [['#0072B2', '#62b6ee'], ['#000000', '#ffffff']]) text = text.replaceAll(light, bright);
    const figure = JSON.parse(text);
    for (const trace of figure.data) if (trace.meta === 'trials') trace.hovertext = trace.customdata.map(Trials.hover);
    figure.layout.template = template(night);
    if (phone) {
      figure.layout.dragmode = false;  // so that a drag scrolls the page
      [figure.layout.xaxis, figure.layout.yaxis].forEach((axis) => wrap(axis.title));
    }
    return figure;
  }

  // Buttons of the page in place of plotly's: they have the page's colours, and keys reach them.
  function addSwitch(plot, figure) {
    const bar = Trials.element('div', undefined, undefined, { class: 'switch', role: 'group' });
    const buttons = figure.layout.updatemenus[0].buttons.map((button, i) => {
      const made = Trials.element('button', button.label, bar, { type: 'button', 'aria-pressed': String(i === 0) });
      made.addEventListener('click', () => {
        buttons.forEach((other) => other.setAttribute('aria-pressed', String(other === made)));
        Plotly.update(plot, button.args[0], button.args[1]);
      });
      return made;
    });
    plot.before(bar);
  }

  function draw(plot) {
    if (plot.dataset.drawn) return;
    plot.dataset.drawn = 'yes';
    const figure = figureOf(plot, dark.matches);
    if (figure.layout.updatemenus) addSwitch(plot, figure);
    delete figure.layout.updatemenus;
    const buttons = ['lasso2d', 'autoScale2d', 'zoomIn2d', 'zoomOut2d'];
    const bar = phone || plot.closest('.small') ? false : 'hover';
    Plotly.newPlot(plot, figure.data, figure.layout, { responsive: true, displaylogo: false, displayModeBar: bar, modeBarButtonsToRemove: buttons });
    if (!performance.getEntriesByName('first figure').length) performance.mark('first figure');
    plot.on('plotly_click', (event) => Trials.show(event.points[0].customdata));
    plot.on('plotly_selected', (event) => {
      const found = event && event.points.filter((point) => marked(point.data)).map((point) => point.customdata);
      Trials.choose(found && found.length ? new Set(found) : null, plot.id);
    });
    Trials.listen(plot.id, (numbers) => highlight(plot, numbers));
  }

  function highlight(plot, numbers) {
    const traces = plot.data.map((trace, i) => i).filter((i) => marked(plot.data[i]));
    if (!traces.length) return;
    const points = traces.map((i) => numbers && plot.data[i].customdata.map((n, k) => numbers.has(n) ? k : -1).filter((k) => k >= 0));
    Plotly.restyle(plot, { selectedpoints: points }, traces);
  }

  const plots = Array.from(document.querySelectorAll('.plot'));
  const drawn = () => plots.filter((plot) => plot.dataset.drawn);
  const later = window.requestIdleCallback || ((call) => setTimeout(call, 0));
  const waiting = plots.filter((plot) => !plot.closest('details'));
  function next() {
    const plot = waiting.shift();
    if (plot) { draw(plot); later(next); } else ready();
  }
  function ready() {
    performance.mark('all figures');
    document.body.dataset.ready = 'yes';
  }
  function repaint(night, paper) {
    for (const plot of drawn()) {
      const figure = figureOf(plot, night);
      delete figure.layout.updatemenus;
      if (paper) figure.layout.width = plot.closest('.small') ? 300 : 680;  // the page has not its width on paper yet
      Plotly.react(plot, figure.data, figure.layout);
      const first = plot.parentElement.querySelector('.switch button');
      if (first) first.click();
    }
  }

  function figures() {
    document.querySelectorAll('details').forEach((details) => {
      details.addEventListener('toggle', () => { if (details.open) details.querySelectorAll('.plot').forEach(draw); });
    });
    dark.addEventListener('change', () => repaint(dark.matches));
    window.addEventListener('beforeprint', () => { while (waiting.length) draw(waiting.shift()); repaint(false, true); });
    window.addEventListener('afterprint', () => repaint(dark.matches));
    next();
  }

  document.querySelectorAll('.code button').forEach((button) => {
    button.addEventListener('click', () => {
      const text = button.parentElement.querySelector('pre');
      copyText(text.textContent, button, text);
    });
  });

  // A page that is served while the experiment runs loads itself again when there is news.
  const version = document.body.dataset.follow;
  if (version) {
    const kept = JSON.parse(sessionStorage.getItem('report') || 'null');
    if (kept) window.scrollTo(0, kept.y);
    setInterval(async () => {
      const answer = await fetch('version', { cache: 'no-store' }).catch(() => null);
      if (!answer || !answer.ok || await answer.text() === version || !document.getElementById('trial').hidden) return;
      sessionStorage.setItem('report', JSON.stringify({ y: window.scrollY }));
      location.reload();
    }, 3000);
  }

  if (!('DecompressionStream' in window)) {
    document.getElementById('too-old').hidden = false;
    ready();
    return;
  }
  data = JSON.parse(await unpack('data'));
  Trials = makeTrials(data.trials);
  drawTable(Trials);
  drawParallel(Trials);
  if (!plots.length) ready();
  else requestAnimationFrame(() => loadLibrary().then(figures));
})();
