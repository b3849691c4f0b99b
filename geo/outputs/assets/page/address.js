'use strict';

// Parses the part of the address after #. Nothing of it is ever shown or run, and malformed parts
// are ignored.

const M4 = {};

{
  const LONGEST = 2000;
  const READERS = {
    day: (text) => (isDay(text) ? text : null),
    map: (text) => viewOf(text),
    layers: (text) => (text === '' ? [] : text.split(',')),
    lang: (text) => (/^[a-z]{2}$/.test(text) ? text : null),
    feature: (text) => featureOf(text),
  };

  const isDay = (text) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
    const time = Date.parse(`${text}T00:00:00Z`);
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
  };

  const viewOf = (text) => {
    if (!/^\d{1,2}(\.\d{1,2})?(\/-?\d{1,3}(\.\d{1,6})?){2}$/.test(text)) return null;
    const [zoom, lat, lon] = text.split('/').map(Number);
    return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { zoom, lat, lon } : null;
  };

  const featureOf = (text) => {
    const [, layer, id] = /^(\w{1,60})\/(.{1,200})$/.exec(text) ?? [];
    return id ? { layer, id } : null;
  };

  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return null;
    }
  };

  // { day, map, layers, lang, feature }; null for what the address does not contain.
  M4.readAddress = () => {
    const hash = window.location.hash.slice(1);
    const asked = new Map();
    for (const pair of hash.length > LONGEST ? [] : hash.split('&')) {
      const [, key, text] = /^([a-z]+)=(.*)$/.exec(pair) ?? [];
      if (key && !asked.has(key)) asked.set(key, decoded(text));
    }
    const entries = Object.entries(READERS).map(([key, read]) => {
      const text = asked.get(key) ?? null;
      return [key, text === null ? null : read(text)];
    });
    return Object.fromEntries(entries);
  };

  // The state in the address when the page was opened.
  M4.link = M4.readAddress();
}
