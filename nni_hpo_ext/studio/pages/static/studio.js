'use strict';
(() => {
  const find = (id) => document.getElementById(id);
  const make = (name, text, className) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };
  const draw = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const detail = (text) => { try { return JSON.parse(text).detail; } catch { return 'the studio does not answer'; } };

  // Upload: the file is the body of the request, so that neither side holds it in memory.
  const upload = find('upload');
  if (upload) upload.addEventListener('submit', (event) => {
    event.preventDefault();
    const file = upload.elements.file.files[0];
    const bar = find('upload-progress');
    const message = find('upload-message');
    const request = new XMLHttpRequest();
    request.open('POST', '/data/upload');
    request.setRequestHeader('X-Name', encodeURIComponent(file.name));
    request.setRequestHeader('Content-Type', 'application/zip');
    request.upload.onprogress = (step) => {
      bar.value = step.loaded / step.total;
      message.textContent = `${(step.loaded / 1e6).toFixed(0)} of ${(step.total / 1e6).toFixed(0)} MB`;
    };
    request.onload = () => {
      if (request.status === 200) location.href = JSON.parse(request.responseText).url;
      else message.textContent = detail(request.responseText);
    };
    request.onerror = () => { message.textContent = 'The upload was interrupted.'; };
    bar.hidden = false;
    request.send(file);
  });

  const reading = find('reading');
  if (reading) {
    const look = async () => {
      const state = await (await fetch(reading.dataset.state)).json();
      if (state.state !== 'reading') { location.reload(); return; }
      if (state.share > 0) reading.value = state.share;
      setTimeout(look, 500);
    };
    look();
  }

  const form = find('new');
  if (form) find('check').addEventListener('click', async () => {
    const message = find('check-message');
    message.textContent = 'Checking, some seconds ...';
    const answer = await fetch(form.dataset.check, { method: 'POST', body: new FormData(form) });
    const text = await answer.text();
    if (!answer.ok) { message.textContent = detail(text); return; }
    const found = JSON.parse(text);
    find('yaml').value = found.yaml;
    find('findings').replaceChildren(...found.findings.map((line) => make('li', line, 'warning')));
    message.textContent = found.findings.length ? '' : 'Nothing to correct.';
  });

  // Charts: lines with dots, so that a single point is visible.
  const chart = (place, lines, label) => {
    const points = lines.flatMap((line) => line.points);
    place.replaceChildren();
    if (!points.length) { place.append(make('p', 'Nothing yet.', 'soft')); return; }
    const xs = points.map((p) => p[0]);
    const ys = points.map((p) => p[1]);
    const [x1, lowest, y1] = [Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const y0 = Math.min(lowest, y1 - 0.01); // a level line needs a scale, too
    const span = y1 - y0;
    const width = Math.max(place.clientWidth, 240);
    const at = ([x, y]) => [54 + (width - 74) * (x / Math.max(x1, 1e-9)), 170 - 150 * ((y - y0) / span)];
    const svg = draw('svg', { viewBox: `0 0 ${width} 200`, role: 'img', 'aria-label': label });
    svg.append(draw('rect', { class: 'frame', x: 54, y: 10, width: width - 64, height: 170 }));
    for (const { points: own, name, className, steps, dots = 'dot' } of lines) {
      const path = steps ? own.flatMap((p, i) => (i ? [[p[0], own[i - 1][1]], p] : [p])) : own;
      if (className) svg.append(draw('polyline', { class: className, points: path.map((p) => at(p).map((v) => v.toFixed(1)).join()).join(' ') }));
      for (const point of own) {
        const [cx, cy] = at(point);
        const dot = draw('circle', { class: dots, cx, cy, r: 3 });
        dot.append(draw('title', {}));
        dot.firstChild.textContent = `${name ?? `trial ${point[2]}`}: ${percent(point[1])}`;
        svg.append(dot);
      }
    }
    for (const [x, y, anchor, text] of [[50, 24, 'end', percent(y1)], [50, 176, 'end', percent(y0)], [54, 195, 'start', '0'],
      [54 + (width - 74) / 2, 195, 'middle', label], [width - 10, 195, 'end', `${Number(x1.toPrecision(3))}`]]) {
      const words = draw('text', { x, y, 'text-anchor': anchor });
      words.textContent = text;
      svg.append(words);
    }
    place.append(svg);
  };

  const live = find('live');
  const card = (value, words) => {
    const box = make('span', undefined, 'card');
    box.append(make('b', value), make('span', words));
    return box;
  };
  const row = (trial) => {
    const line = make('tr');
    const state = make('td', trial.end);
    if (trial.reason) state.append(make('div', trial.reason, 'soft'));
    const arm = make('td', trial.arm);
    if (trial.why) arm.title = trial.why;
    const last = make('td');
    if (trial.end === 'running') {
      const stop = make('form');
      stop.method = 'post';
      stop.action = `/study/${live.dataset.study}/trial/${trial.job}/stop`;
      const button = make('button', 'Stop', 'second');
      button.setAttribute('aria-label', `Stop trial ${trial.number}`);
      stop.append(button);
      last.append(stop);
    }
    line.append(make('td', trial.number, 'number'), make('td', trial.model), make('td', trial.shown, 'number'), state,
      make('td', trial.seconds ?? '', 'nowrap'), make('td', trial.settings, 'settings'), arm, last);
    return line;
  };
  const show = (state) => {
    live.dataset.phase = state.phase;
    const phases = { starting: 'Starting', searching: 'Searching', paused: 'Paused', scoring: 'Scoring the best model on the test part', done: 'Done', failed: 'Failed' };
    find('status').textContent = `${phases[state.phase]}: ${state.words}`;
    const cards = [];
    if (state.best) cards.push(card(percent(state.best.value), `best, ${state.best.model} (trial ${state.best.number})`));
    if (state.elapsed) cards.push(card(state.elapsed, 'so far'));
    if (state.left) cards.push(card(state.left, 'left, at most'));
    if (state.stopped) cards.push(card(state.stopped, 'stopped early'));
    find('cards').replaceChildren(...cards);
    chart(find('progress'), [{ points: state.progress, name: 'best', className: 'line', steps: true }], 'seconds');
    find('front-part').hidden = !state.front;
    if (state.front) {
      const { points, label, stairs } = state.front;
      const best = points.filter((p) => p[3]);
      chart(find('front'), [{ points: points.filter((p) => !p[3]), dots: 'faint-dot' },
        { points: best, className: stairs ? 'line' : undefined, steps: true }], label);
    }
    chart(find('curves'), state.trials.filter((t) => t.curve.length).map((t) => ({ points: t.curve, name: `trial ${t.number}, ${t.model}`, className: t.end === 'running' ? 'line' : 'faint' })), 'epochs');
    const held = document.activeElement.closest('#trials button')?.getAttribute('aria-label');
    find('trials').replaceChildren(...[...state.trials].reverse().map(row));
    if (held) find('trials').querySelector(`[aria-label="${held}"]`)?.focus();
    find('stop').hidden = !['starting', 'searching'].includes(state.phase);
    find('continue').hidden = state.phase !== 'paused';
    find('done').hidden = state.phase !== 'done';
    find('problem').hidden = state.phase !== 'failed';
    find('problem').textContent = state.message;
  };
  if (live) {
    const events = new EventSource(live.dataset.events);
    events.onmessage = (event) => show(JSON.parse(event.data));
    events.addEventListener('end', () => events.close());
  }

  const attempt = find('try');
  if (attempt) {
    const send = async (file) => {
      const message = find('try-message');
      message.textContent = 'Looking ...';
      find('try-image').src = URL.createObjectURL(file);
      find('try-image').hidden = false;
      const answer = await fetch(attempt.dataset.try, { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
      const text = await answer.text();
      if (!answer.ok) { message.textContent = detail(text); return; }
      const found = JSON.parse(text);
      message.textContent = `${found.answers[0][0]}, ${percent(found.answers[0][1])} sure`;
      find('answers').replaceChildren(...found.answers.slice(0, 10).map(([label, share]) => {
        const line = make('tr');
        line.append(make('td', label), make('td', percent(share), 'number'));
        return line;
      }));
      find('nearest').replaceChildren(...found.nearest.map(({ url, label }) => {
        const figure = make('figure');
        const image = make('img');
        image.src = url;
        image.alt = label;
        figure.append(image, make('figcaption', label));
        return figure;
      }));
    };
    attempt.elements.image.addEventListener('change', () => send(attempt.elements.image.files[0]));
    const drop = find('drop');
    drop.addEventListener('dragover', (event) => event.preventDefault());
    drop.addEventListener('drop', (event) => { event.preventDefault(); if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]); });
  }
})();
