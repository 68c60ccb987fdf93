// What a page must not have: faint colours, controls outside the order of the keyboard, overflow.
(() => {
  const rgba = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[3] * top[i] + (1 - top[3]) * under[i]);
  const ground = (element) => {
    if (!element) return [255, 255, 255];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };
  // Relative luminance and contrast ratio, WCAG 2.2.
  const luminance = (colour) => {
    const [r, g, b] = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (colour, under, opacity = 1) => {
    const [red, green, blue, alpha] = rgba(colour);
    const [low, high] = [luminance(over([red, green, blue, alpha * opacity], under)), luminance(under)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const seen = (element) => element.checkVisibility({ visibilityProperty: true });
  const named = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''} "${(element.textContent || element.name || '').trim().slice(0, 40)}"`;
  const judge = (element, ratio, least) => (ratio < least ? [`${named(element)}: ${ratio.toFixed(2)} < ${least}`] : []);

  const text = (element) => {
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    return judge(element, contrast(colour, ground(element)), large ? 3 : 4.5);
  };
  const placeholder = (element) => {
    const style = getComputedStyle(element, '::placeholder');
    return judge(element, contrast(style.color, ground(element), Number(style.opacity)), 4.5);
  };
  const border = (element) => judge(element, contrast(getComputedStyle(element).borderTopColor, ground(element.parentElement)), 3);
  const drawn = (element) => {
    const style = getComputedStyle(element);
    const [colour, opacity] = style.stroke === 'none' ? [style.fill, style.fillOpacity] : [style.stroke, style.strokeOpacity];
    return judge(element, contrast(colour, ground(element), Number(opacity)), 3);
  };
  const all = (selector) => Array.from(document.querySelectorAll(selector)).filter(seen);
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = new Set();
    while (walker.nextNode()) if (walker.currentNode.data.trim() && walker.currentNode.parentElement.localName !== 'title') found.add(walker.currentNode.parentElement);
    return Array.from(found).filter(seen);
  };

  window.faint = () => [
    ...[...texts(), ...all('input, select, textarea')].flatMap(text),
    ...all('[placeholder]').flatMap(placeholder),
    ...all('input:not([type=checkbox]), select, textarea, button, .button').flatMap(border),
    ...all('.dot, .faint-dot, .line, .faint, .bar, .guide').flatMap(drawn),
  ];
  window.controls = () => all('a[href], button, input, select, textarea, summary, [tabindex]');
  window.focused = () => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && contrast(style.outlineColor, ground(element.parentElement)) >= 3;
    const box = element.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return { place: window.controls().indexOf(element), name: named(element), ring, inside };
  };
})();
