// Elements made by hand. Names and messages are written by strangers: they become text nodes here, and there is no other way in.

type Listener = (event: any) => unknown;
type Attributes = Record<string, string | boolean | Listener>;
export type Child = Node | string | undefined | false;

/** Text for an attribute, true for one without a value; a function listens to the event of that name. */
export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  fill(element, ...children);
  return element;
}
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child): child is Node | string => child !== undefined && child !== false));
}

/** A button with a picture, and its words for those who don't see it. */
export function iconButton(icon: keyof typeof icons, words: string, click: Listener, attributes: Attributes = {}): HTMLButtonElement {
  return h('button', {type: 'button', class: 'icon', 'aria-label': words, title: words, click, ...attributes}, picture(icon));
}

const icons = {
  back: 'M15 5l-7 7 7 7',
  plus: 'M12 5v14M5 12h14',
  gear: 'M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4',
  clip: 'M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.6 1.6 0 0 1-2.3-2.3L14.5 7.3',
  send: 'M4 12l16-8-6 16-3-7-7-1z',
  info: 'M12 11v6M12 7.5v.01M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18',
  file: 'M6 3h8l5 5v13H6zM14 3v5h5',
};
const svg = 'http://www.w3.org/2000/svg';
export function picture(icon: keyof typeof icons): SVGElement {
  const root = document.createElementNS(svg, 'svg');
  root.setAttribute('viewBox', '0 0 24 24');
  root.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('d', icons[icon]);
  root.append(path);
  return root;
}

/** A labelled field: the label is above it, what it is for below. */
export function field(label: string, input: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement, hint = ''): HTMLElement {
  const id = `field-${++count}`;
  input.id = id;
  if (hint !== '') input.setAttribute('aria-describedby', `${id}-hint`);
  return h('div', {class: 'field'}, h('label', {for: id}, label), input, hint !== '' && h('p', {id: `${id}-hint`, class: 'hint'}, hint));
}
let count = 0;

/** A form: `act` is its button's; while it runs, the button is off; what it throws is said below. */
export function form(button: string, act: () => Promise<void>, ...children: Child[]): HTMLFormElement {
  const error = h('p', {class: 'error', role: 'alert'});
  const submit = h('button', {class: 'main'}, button);
  const run = async (event: Event): Promise<void> => {
    event.preventDefault();
    submit.disabled = true;
    error.textContent = '';
    try {
      await act();
    } catch (problem) {
      error.textContent = problem instanceof Error ? problem.message : String(problem);
    } finally {
      submit.disabled = false;
    }
  };
  return h('form', {submit: run}, ...children, error, submit);
}

/** A dialog over the page; the browser keeps the focus in it, and Escape closes it. */
export function dialog(title: string, ...children: Child[]): {close(): void} {
  const id = `dialog-${++count}`;
  const close = h('button', {type: 'button', class: 'quiet', click: () => box.close()}, 'Close');
  const box: HTMLDialogElement = h('dialog', {'aria-labelledby': id, close: () => box.remove()}, h('h2', {id}, title), ...children, close);
  document.body.append(box);
  box.showModal();
  return {close: () => box.close()};
}

/** Said by screen readers, once. */
export function say(text: string): void {
  const said = document.getElementById('said');
  if (said !== null) said.textContent = text;
}
