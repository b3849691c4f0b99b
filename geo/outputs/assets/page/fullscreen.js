// The page on the whole screen, by the browser's own means. No button where the browser does not offer it, such as in a
// frame that may not use it.

{
  const INTO = 'M-8 -3V-8H-3M3 -8H8V-3M8 3V8H3M-3 8H-8V3';
  const OUT_OF = 'M-3 -8V-3H-8M8 -3H3V-8M3 8V3H8M-8 3H-3V8';

  M4.showFullscreen = (map) => {
    if (!document.fullscreenEnabled) return;
    const page = document.documentElement;
    const toggle = () => {
      const done = document.fullscreenElement ? document.exitFullscreen() : page.requestFullscreen();
      done.catch(() => {}); // refused: the page stays as it is
    };
    const button = M4.addMapButton(map, 'fullscreen', 'map.fullscreen', INTO, toggle);
    document.addEventListener('fullscreenchange', () => {
      const isFull = document.fullscreenElement !== null;
      const label = M4.text(isFull ? 'map.fullscreen_end' : 'map.fullscreen');
      button.title = label;
      button.setAttribute('aria-label', label);
      button.querySelector('path').setAttribute('d', isFull ? OUT_OF : INTO);
    });
  };
}
