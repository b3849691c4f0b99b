// The state set by the reader: the day shown and the selected feature. Everything on the page follows it.

{
  const listeners = [];

  M4.state = { day: M4.asOf, selected: null };

  M4.setState = (change) => {
    Object.assign(M4.state, change);
    for (const { keys, listener } of listeners) {
      if (keys.some((key) => key in change)) listener(M4.state);
    }
  };

  // Calls the listener now, and whenever one of the keys is set.
  M4.follow = (keys, listener) => {
    listeners.push({ keys, listener });
    listener(M4.state);
  };
}
