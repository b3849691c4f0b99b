// The page as a part of another one: the map, one strip with title, date and two buttons, and the credits. Legend and
// date control are folded.

{
  const element = M4.element;

  M4.showEmbedded = () => {
    const [head, dock] = ['head', 'dock'].map((id) => document.getElementById(id));
    document.body.classList.add('embedded');
    const bar = element('div', { class: 'embed-bar' });

    if (dock.childElementCount) {
      const fold = element('button', { type: 'button', 'aria-controls': 'dock' }, M4.text('embed.date'));
      const open = (isOpen) => {
        dock.hidden = !isOpen;
        fold.setAttribute('aria-expanded', String(isOpen));
      };
      fold.addEventListener('click', () => open(dock.hidden));
      open(false);
      M4.openDock = () => open(true);
      bar.append(fold);
    }

    bar.append(document.getElementById('panel-toggle'));
    if (M4.addressFor) {
      const whole = element('a', { target: '_blank', rel: 'noopener', href: '#' }, M4.text('embed.whole'));
      const update = () => (whole.href = M4.addressFor({ isEmbedded: false }));
      for (const event of ['pointerenter', 'focus', 'click']) whole.addEventListener(event, update);
      bar.append(whole);
    }
    head.append(bar);
  };
}
