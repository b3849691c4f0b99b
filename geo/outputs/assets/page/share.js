// What the page shows, to pass on: a link, the code of a frame for another page, a picture.

{
  const element = M4.element;
  const SIZE = { width: 640, height: 420 };

  // A page in a frame without an address has nothing to link to.
  const { protocol } = window.location;
  const hasAddress = ['http:', 'https:', 'file:'].includes(protocol);

  // The code is only ever shown as text; what is in it is escaped for the page that it is pasted into.
  const ENTITIES = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' };
  const escaped = (text) => text.replace(/[&"<>]/g, (sign) => ENTITIES[sign]);
  const codeOf = (address) => {
    const frame = { src: address, title: M4.text('page.title'), ...SIZE, style: 'border: 0', loading: 'lazy' };
    const attributes = Object.entries(frame).map(([name, value]) => `${name}="${escaped(String(value))}"`);
    return `<iframe ${attributes.join(' ')} allowfullscreen></iframe>`;
  };

  const field = (tag, label, text) => {
    const node = element(tag, { id: `share-${label.replace('share.', '')}`, readonly: true, dir: 'ltr', rows: tag === 'textarea' ? 4 : null });
    node.value = text;
    const title = M4.text(label);
    const button = element('button', { type: 'button', class: 'copy' }, M4.text('coordinates.copy'));
    button.setAttribute('aria-label', M4.text('coordinates.copy_one', { what: title }));
    button.addEventListener('click', () => {
      button.removeAttribute('aria-label'); // its text now says what happened
      M4.copyText(button, node);
    });
    node.addEventListener('focus', () => node.select());
    return element('section', {}, element('label', { for: node.id }, title), node, button);
  };

  const links = () => [
    field('input', 'share.link', M4.addressFor({ isEmbedded: false })),
    field('textarea', 'share.code', codeOf(M4.addressFor({ isEmbedded: true }))),
    protocol === 'file:' ? element('p', { class: 'local' }, M4.text('share.local')) : null,
  ];

  const picture = (map) => {
    const status = element('p', { role: 'status' });
    const button = element('button', { type: 'button', class: 'download' }, M4.text('picture.save'));
    button.addEventListener('click', async () => {
      status.textContent = '';
      try {
        const { file, isWhole } = await M4.takePicture(map);
        M4.saveFile(file, '', 'png');
        status.textContent = M4.text(isWhole ? 'picture.saved' : 'picture.left_out');
      } catch {
        status.textContent = M4.text('picture.failed');
      }
    });
    return element('section', {}, element('h3', {}, M4.text('picture.title')), element('p', {}, M4.text('picture.what')), button, status);
  };

  const open = (map) => {
    const shown = hasAddress && M4.addressFor ? links() : [];
    M4.openDialogue(M4.text('share.tool'), element('div', { class: 'share' }, ...shown, picture(map)));
  };

  M4.showShare = (map) => M4.addTool('share.tool', () => open(map));
}
