'use strict';

// Parses the part of the address after #. Nothing of it is ever shown or run, and malformed parts
// are ignored. Mail clients encode = and &, and take the punctuation after a link for a part of it.

const M4 = {};

{
  const LONGEST = 2000;
  const READERS = {
    day: (text) => (isDay(text) ? text : null),
    map: (text) => viewOf(text),
    layers: (text) => (text === '' ? [] : text.split(',')),
    lang: (text) => (/^[a-z]{2}$/i.test(text) ? text.toLowerCase() : null),
    feature: (text) => featureOf(text),
    embed: (text) => (text === '1' ? text : null),
    compare: (text) => (isDay(text) ? text : null),
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

  // What no value ends with: punctuation, and the marks of direction of Arabic texts.
  const AFTER_A_LINK = /[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069.,;:!?'"()<>[\]«»“”’،؛؟]+$/u;

  const decoded = (text) => {
    try {
      const given = decodeURIComponent(text);
      return given.replace(AFTER_A_LINK, '') || given;
    } catch {
      return null;
    }
  };

  const ENCODED_BETWEEN = new RegExp(
    `(?:&amp;|&amp%3B|%26(?:amp(?:;|%3B))?)(?=(?:${Object.keys(READERS).join('|')})(?:=|%3D))`,
    'gi',
  );

  // The pairs, separated by & and = again where these were encoded, as a whole link or as text of HTML.
  const pairsOf = (hash) =>
    hash
      .replace(ENCODED_BETWEEN, '&')
      .split('&')
      .map((pair) => pair.replace(/^([a-z]+)%3D/i, '$1='));

  // { day, map, layers, lang, feature, embed, compare }; null for what the address does not contain.
  M4.readAddress = () => {
    const hash = window.location.hash.slice(1);
    const asked = new Map();
    for (const pair of hash.length > LONGEST ? [] : pairsOf(hash)) {
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
  // Whether the page is a part of another one, asked for with ?embed=1 or #embed=1: a map without the frame around it.
  M4.isEmbedded = M4.link.embed !== null || new URLSearchParams(window.location.search).get('embed') === '1';
}
