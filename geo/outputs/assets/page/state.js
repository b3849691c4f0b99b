// What the reader has set: the day shown and the feature selected. Everything on the page follows these.

{
  const listeners = [];

  M4.state = { day: M4.asOf, selected: null };

  M4.setState = (change) => {
    Object.assign(M4.state, change);
    for (const { keys, listener } of listeners) {
      if (keys.some((key) => key in change)) listener(M4.state);
    }
  };

  // Calls the listener now, and again whenever one of the keys is set.
  M4.follow = (keys, listener) => {
    listeners.push({ keys, listener });
    listener(M4.state);
  };
}
