import { vi } from 'vitest';
import {
  createHydrationRenderer,
  createRenderer,
  defineComponent,
  type App,
  type Component,
  type Plugin,
} from 'vue';
import type { TickmarkClient } from 'tickmark/client';
import { tickmark } from 'tickmark/vue';

/** A node with what Vue asks of a node, in place of a browser's. */
export class PlainNode {
  parentNode: PlainNode | null = null;
  readonly childNodes: PlainNode[] = [];
  readonly attributes = new Map<string, string>();
  readonly nodeType: number;
  readonly tagName: string;
  readonly namespaceURI = '';
  data: string;

  constructor(nodeType: number, tagName = '', data = '') {
    this.nodeType = nodeType;
    this.tagName = tagName;
    this.data = data;
  }

  get firstChild(): PlainNode | null {
    return this.childNodes[0] ?? null;
  }

  get nextSibling(): PlainNode | null {
    const siblings = this.parentNode?.childNodes ?? [];
    return siblings[siblings.indexOf(this) + 1] ?? null;
  }

  get textContent(): string {
    return this.data + this.childNodes.map(({ textContent }) => textContent).join('');
  }

  set textContent(text: string) {
    this.childNodes.splice(0);
    if (text) this.insert(new PlainNode(TEXT, '', text));
  }

  hasChildNodes(): boolean {
    return this.childNodes.length > 0;
  }

  hasAttribute(name: string): boolean {
    return this.attributes.has(name);
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }

  insert(child: PlainNode, before: PlainNode | null = null): void {
    child.remove();
    const index = before ? this.childNodes.indexOf(before) : this.childNodes.length;
    this.childNodes.splice(index, 0, child);
    child.parentNode = this;
  }

  remove(): void {
    const siblings = this.parentNode?.childNodes;
    siblings?.splice(siblings.indexOf(this), 1);
    this.parentNode = null;
  }

  /** As HTML, attributes in the order of the alphabet. */
  get html(): string {
    if (this.nodeType !== ELEMENT) return this.nodeType === TEXT ? this.data : '';
    const attributes = [...this.attributes].sort().map(([name, value]) => ` ${name}="${value}"`);
    return `<${this.tagName}${attributes.join('')}>${this.inner}</${this.tagName}>`;
  }

  get inner(): string {
    return this.childNodes.map(({ html }) => html).join('');
  }
}

const ELEMENT = 1;
const TEXT = 3;
const COMMENT = 8;

export const element = (tag: string): PlainNode => new PlainNode(ELEMENT, tag);

/** Nodes of HTML that is elements and text only, as a server has sent it. */
export function parsed(html: string): PlainNode {
  const root = element('div');
  let at = root;
  for (const [, end, tag, rest = '', text] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>|([^<]+)/g)) {
    if (text !== undefined) at.insert(new PlainNode(TEXT, '', text));
    else if (end) at = at.parentNode!;
    else {
      const child = element(tag!);
      for (const [, name, value = ''] of rest.matchAll(/([a-z-]+)(?:="([^"]*)")?/g))
        child.attributes.set(name!, value);
      at.insert(child);
      at = child;
    }
  }
  return root;
}

const nodes = {
  insert: (child: PlainNode, parent: PlainNode, before: PlainNode | null = null) =>
    parent.insert(child, before),
  remove: (child: PlainNode) => child.remove(),
  createElement: element,
  createText: (text: string) => new PlainNode(TEXT, '', text),
  createComment: (text: string) => new PlainNode(COMMENT, '', text),
  setText: (node: PlainNode, text: string) => void (node.data = text),
  setElementText: (node: PlainNode, text: string) => void (node.textContent = text),
  parentNode: (node: PlainNode) => node.parentNode,
  nextSibling: (node: PlainNode) => node.nextSibling,
  patchProp: (node: PlainNode, name: string, _: unknown, value: unknown) => {
    if (value == null || value === false) node.attributes.delete(name);
    else node.attributes.set(name, value === true ? '' : String(value));
  },
};

/** An app whose mount() renders into a node. */
export function plainApp(root: Component): App<PlainNode> {
  return createRenderer<PlainNode, PlainNode>(nodes as never).createApp(root) as App<PlainNode>;
}

/** Runs `setup` in a component of an app with a client. */
export function mounted<T>(client: TickmarkClient, setup: () => T): { used: T; unmount(): void } {
  let used!: T;
  const Root = defineComponent(() => {
    used = setup();
    return () => null;
  });
  const app = plainApp(Root).use(tickmark(client));
  app.mount(element('div'));
  return { used, unmount: () => app.unmount() };
}

/** Takes over the nodes that a server has rendered. */
export function hydrate(root: Component, node: PlainNode, plugins: Plugin = () => undefined): void {
  // Vue names these classes when it compares what a server has sent.
  vi.stubGlobal('SVGElement', class {});
  vi.stubGlobal('HTMLElement', PlainNode);
  const app = createHydrationRenderer(nodes as never)
    .createApp(root)
    .use(plugins);
  app.mount(node as never, true);
}
