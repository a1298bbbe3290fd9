/** The page of `weft watch`, whole in one text: it asks its own server alone, every two seconds. */
// Tested by test/watch/server.test.ts.
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>weft watch</title>
<link rel="icon" href="data:,">
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 16px 24px; color: #222; }
  h1 { font-size: 18px; }
  #runs label { display: inline-block; margin-right: 18px; white-space: nowrap; }
  #runs i { display: inline-block; width: 12px; height: 12px; margin: 0 5px; border-radius: 3px; }
  #charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 14px; }
  figure { margin: 0; } figcaption { font-weight: 600; }
  svg { width: 100%; height: 220px; border: 1px solid #ddd; }
  svg text { font-size: 11px; fill: #666; }
  #warnings div { color: #a40000; }
  #grids figure { display: inline-block; margin: 12px 18px 0 0; vertical-align: top; }
  #grids img { max-width: 560px; image-rendering: pixelated; display: block; }
</style>
<h1>weft watch</h1>
<div id="runs">No runs yet.</div>
<div id="warnings"></div>
<p><label><input type="checkbox" id="log"> logarithmic</label></p>
<div id="charts"></div>
<div id="grids"></div>
<script>
const colour = (i) => 'hsl(' + (i * 137 + 215) % 360 + ' 65% 45%)';
const hidden = new Set(), shown = new Map();
const at = (id) => document.getElementById(id);
const make = (tag, parent, text) => { const e = document.createElement(tag); if (text) e.textContent = text; parent.append(e); return e; };
const draw = (tag, parent, attributes, text) => {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  if (text !== undefined) e.textContent = text;
  parent.append(e);
};
const short = (x) => (x !== 0 && Math.abs(x) < 1e-3 ? x.toExponential(1) : Number(x.toPrecision(3)).toString());
let runs = [];

function chart(parent, key) {
  const lines = runs.map((run, i) => ({ i, points: hidden.has(run.name) ? [] : (run.curves[key] ?? []) })).filter((l) => l.points.length);
  if (!lines.length) return;
  const figure = make('figure', parent);
  make('figcaption', figure, key);
  const all = lines.flatMap((l) => l.points), isLog = at('log').checked && all.every((p) => p[1] > 0);
  const y = (v) => (isLog ? Math.log10(v) : v);
  const most = Math.max(...all.map((p) => p[0])), values = all.map((p) => y(p[1]));
  const low = Math.min(...values), high = Math.max(...values), span = high - low || Math.abs(high) || 1;
  const px = (s) => 60 + 530 * s / most, py = (v) => 195 - 180 * (y(v) - low) / span;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 600 220');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.dataset.curve = key;
  figure.append(svg);
  for (const share of [0, 0.5, 1]) {
    const value = low + share * span, height = 195 - 180 * share;
    draw('line', svg, { x1: 60, x2: 590, y1: height, y2: height, stroke: '#eee' });
    draw('text', svg, { x: 54, y: height + 4, 'text-anchor': 'end' }, short(isLog ? 10 ** value : value));
    draw('text', svg, { x: px(most * share), y: 213, 'text-anchor': 'middle' }, String(Math.round(most * share)));
  }
  for (const { i, points } of lines)
    draw('polyline', svg, { fill: 'none', stroke: colour(i), 'stroke-width': 1.5,
      points: points.map((p) => px(p[0]).toFixed(1) + ',' + py(p[1]).toFixed(1)).join(' ') });
}

function grids(parent) {
  for (const run of runs) {
    if (hidden.has(run.name) || !run.grids.length) continue;
    const newest = run.grids.length - 1, chosen = shown.get(run.name) ?? newest;
    const figure = make('figure', parent), caption = make('figcaption', figure);
    const img = make('img', figure), slider = make('input', figure);
    Object.assign(slider, { type: 'range', min: 0, max: newest, value: Math.min(chosen, newest) });
    const show = () => {
      const step = run.grids[slider.value];
      caption.textContent = run.name + ' after step ' + step;
      img.src = '/grid.png?run=' + encodeURIComponent(run.name) + '&step=' + step;
    };
    slider.oninput = () => { Number(slider.value) === newest ? shown.delete(run.name) : shown.set(run.name, Number(slider.value)); show(); };
    show();
  }
}

function render() {
  const list = at('runs');
  if (runs.length) list.textContent = '';
  runs.forEach((run, i) => {
    const label = make('label', list), box = make('input', label), mark = make('i', label);
    Object.assign(box, { type: 'checkbox', checked: !hidden.has(run.name) });
    box.onchange = () => { hidden.has(run.name) ? hidden.delete(run.name) : hidden.add(run.name); render(); };
    mark.style.background = colour(i);
    const last = run.curves.loss.at(-1);
    label.append(run.name + ': ' + run.done + ' of ' + run.steps + ' steps' + (last ? ', loss ' + short(last[1]) : ''));
  });
  at('warnings').textContent = '';
  for (const run of runs) for (const text of run.warnings) make('div', at('warnings'), text);
  at('charts').textContent = at('grids').textContent = '';
  for (const key of new Set(runs.flatMap((run) => Object.keys(run.curves)))) chart(at('charts'), key);
  grids(at('grids'));
}

let before = '';
async function look() {
  try {
    const text = await (await fetch('/runs.json')).text();
    // What a person is just moving is left alone until something has changed.
    if (text !== before) { before = text; runs = JSON.parse(text); render(); }
    document.title = 'weft watch';
  } catch { document.title = 'weft watch (stopped)'; }
  setTimeout(look, 2000);
}
at('log').onchange = render;
look();
</script>
</html>
`;
