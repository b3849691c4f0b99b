'use strict';

// What the build wrote into the page, and the one way in which it is shown: as text, never as HTML.

const M4 = {};

{
  const SVG = 'http://www.w3.org/2000/svg';
  const data = JSON.parse(document.getElementById('data').textContent);

  // Maps instead of plain objects: a key such as "constructor" must find nothing.
  const texts = new Map(Object.entries(data.texts));

  // A feature has only the properties that are known.
  const featuresOf = (layer, { columns, rows, geometries }) =>
    rows.map((row, index) => {
      const known = columns.map((column, at) => [column, row[at]]).filter(([, value]) => value !== null);
      return { layer, properties: Object.fromEntries(known), geometry: geometries[index] };
    });

  const layerOf = ({ name, title, by, label_from_zoom, symbols, titles, history, ...table }) => {
    const layer = { name, title, by, labelFromZoom: label_from_zoom };
    layer.symbols = new Map(Object.entries(symbols));
    layer.titles = new Map(Object.entries(titles));
    layer.history = new Map(Object.entries(history));
    layer.features = featuresOf(layer, table);
    return layer;
  };

  M4.language = data.language;
  M4.asOf = data.as_of;
  M4.focus = data.focus;
  M4.credits = data.credits;
  M4.figures = data.facts.figures;
  M4.postsInside = { how: data.facts.posts_inside_how, steps: data.facts.posts_inside };
  // What was computed for a feature, by its id.
  M4.computed = new Map(data.facts.posts.map(({ id, ...computed }) => [id, computed]));
  M4.catalogue = data.layers.map(layerOf);
  M4.sources = new Map(Object.entries(data.sources));

  // A text of the interface; {name} in it stands for a value. Without an entry, the fallback.
  M4.text = (key, values = {}, fallback = key) =>
    texts.has(key) ? texts.get(key).replace(/\{(\w+)\}/g, (_, name) => values[name]) : fallback;

  const create = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== false) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  };

  // Children are nodes or plain text.
  M4.element = (tag, attributes = {}, ...children) => create(document.createElement(tag), attributes, children);
  M4.svg = (tag, attributes = {}, ...children) => create(document.createElementNS(SVG, tag), attributes, children);
}
