'use strict';
// Parallel coordinates: drag along an axis to choose trials, drag its name to move it.
function drawParallel(Trials) {
  const host = document.getElementById('parallel');
  const { axes, lines } = Trials.parallel;
  if (!host || !axes.length) return;
  const { element, drawing } = Trials;
  const gap = 96, top = 46, bottom = 260, width = Math.max(host.clientWidth - 2, gap * axes.length + 40);
  const order = axes.map((_, i) => i), ranges = axes.map(() => null);
  const svg = drawing('svg', { viewBox: '0 0 ' + width + ' 300', width, height: 300, role: 'img', 'aria-label': 'Parallel coordinates of ' + lines.length + ' trials' }, element('div', undefined, host, { class: 'scroll' }));
  const paths = drawing('g', { class: 'lines' }, svg);
  const drawn = lines.slice().reverse().map((line) => {  // the best lie on top
    const path = drawing('path', { class: 'tier' + line.tier }, paths);
    drawing('title', {}, path).textContent = 'trial ' + line.trial;
    path.addEventListener('click', () => Trials.show(line.trial));
    return { line, path };
  });
  const left = 50, right = 80;
  const x = (i) => left + order.indexOf(i) * (width - left - right) / Math.max(1, axes.length - 1);
  const y = (u) => bottom - u * (bottom - top);
  const within = (line) => ranges.every((range, i) => !range || (line.at[i] !== null && line.at[i] >= range[0] && line.at[i] <= range[1]));
  let chosen = null;

  const groups = axes.map((axis, i) => {
    const group = drawing('g', { class: 'axis' }, svg);
    drawing('line', { y1: y(0), y2: y(1) }, group);
    for (const [u, label] of axis.ticks) drawing('text', { x: 5, y: y(u) + 4 }, group).textContent = label.length > 12 ? label.slice(0, 11) + '…' : label;
    const name = drawing('text', { y: 20, class: 'name', 'text-anchor': 'middle' }, group);
    name.textContent = axis.name.length > 15 ? axis.name.slice(0, 14) + '…' : axis.name;
    drawing('title', {}, name).textContent = axis.name;
    const brush = drawing('rect', { class: 'brush', x: -9, width: 18, height: 0 }, group);
    const area = drawing('rect', { class: 'area', x: -14, width: 28, y: top - 6, height: bottom - top + 12, tabindex: 0, role: 'slider', 'aria-label': axis.name, 'aria-valuetext': 'all' }, group);
    area.addEventListener('pointerdown', (event) => drag(event, area, i, brush));
    area.addEventListener('keydown', (event) => key(event, i, brush));
    name.addEventListener('pointerdown', (event) => move(event, name, i));
    return { group, brush, area };
  });

  function at(event) {
    const box = svg.getBoundingClientRect();
    return [(event.clientX - box.left) * width / box.width, (event.clientY - box.top) * 300 / box.height];
  }
  const level = (event) => Math.min(1, Math.max(0, (bottom - at(event)[1]) / (bottom - top)));

  function follow(event, target, moved, ended) {
    target.setPointerCapture(event.pointerId);
    target.onpointermove = moved;
    target.onpointerup = target.onpointercancel = (last) => {
      target.onpointermove = target.onpointerup = target.onpointercancel = null;
      ended(last);
    };
    event.preventDefault();
  }
  function drag(event, area, i, brush) {
    const from = level(event);
    follow(event, area, (now) => limit(i, brush, [Math.min(from, level(now)), Math.max(from, level(now))]), (last) => {
      if (Math.abs(level(last) - from) < 0.01) limit(i, brush, null);
    });
  }
  function key(event, i, brush) {  // halves of the axis, and all of it
    const range = { ArrowUp: [0.5, 1], ArrowDown: [0, 0.5], Delete: null, Backspace: null }[event.key];
    if (range === undefined) return;
    event.preventDefault();
    limit(i, brush, range);
  }
  function limit(i, brush, range) {
    ranges[i] = range;
    brush.setAttribute('height', range ? y(range[0]) - y(range[1]) : 0);
    if (range) brush.setAttribute('y', y(range[1]));
    groups[i].area.setAttribute('aria-valuetext', range ? 'from ' + Math.round(100 * range[0]) + ' to ' + Math.round(100 * range[1]) + ' percent' : 'all');
    const open = ranges.every((r) => !r);
    chosen = open ? null : new Set(lines.filter(within).map((line) => line.trial));
    dim();
    Trials.choose(chosen, 'parallel');
  }
  function move(event, name, i) {
    follow(event, name, (now) => {
      const place = Math.round((at(now)[0] - left) * (axes.length - 1) / (width - left - right));
      const target = Math.min(axes.length - 1, Math.max(0, place));
      if (order.indexOf(i) === target) return;
      order.splice(order.indexOf(i), 1);
      order.splice(target, 0, i);
      draw();
    }, () => {});
  }
  function dim() {
    for (const { line, path } of drawn) path.classList.toggle('off', Boolean(chosen) && !chosen.has(line.trial));
  }
  function draw() {
    groups.forEach(({ group }, i) => group.setAttribute('transform', 'translate(' + x(i) + ',0)'));
    for (const { line, path } of drawn) {
      const points = order.filter((i) => line.at[i] !== null).map((i) => x(i).toFixed(1) + ' ' + y(line.at[i]).toFixed(1));
      path.setAttribute('d', 'M' + points.join('L'));
    }
  }
  Trials.listen('parallel', (found) => {
    ranges.fill(null);
    for (const { brush } of groups) brush.setAttribute('height', 0);
    chosen = found;
    dim();
  });
  draw();
}
