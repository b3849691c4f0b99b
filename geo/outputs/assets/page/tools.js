// ---- tools
// The row of buttons in the head, and the dialogue that they open.

{
  const element = M4.element;
  const row = document.getElementById('tools');
  const dialogue = document.getElementById('dialogue');

  // On a narrow screen only the first tools are shown, the others at a press.
  const more = element('button', { type: 'button', class: 'more', 'aria-controls': 'tools', 'aria-expanded': 'false' });
  more.textContent = M4.text('tools.more');
  more.addEventListener('click', () => {
    const isOpen = row.classList.toggle('all');
    more.setAttribute('aria-expanded', String(isOpen));
    more.textContent = M4.text(isOpen ? 'tools.fewer' : 'tools.more');
  });
  row.append(more);

  // A button in the head. Its label is a key of the texts; `act` is called when it is pressed.
  M4.addTool = (label, act) => {
    const button = element('button', { type: 'button', class: 'tool' }, M4.text(label));
    button.addEventListener('click', () => act(button));
    row.append(button);
    row.append(more);
    return button;
  };

  M4.closeDialogue = () => dialogue.open && dialogue.close();

  // Shows content over the page until it is closed (Escape, the button, or a click outside).
  M4.openDialogue = (title, ...content) => {
    const close = element('button', { type: 'button', class: 'close', 'aria-label': M4.text('tools.close') }, '×');
    close.addEventListener('click', M4.closeDialogue);
    dialogue.replaceChildren(
      element('header', {}, element('h2', { id: 'dialogue-title' }, title), close),
      element('div', { class: 'content' }, ...content),
    );
    dialogue.setAttribute('aria-labelledby', 'dialogue-title');
    if (!dialogue.open) dialogue.showModal();
  };

  // What Escape ends, the latest first: each returns whether there was something to end.
  const ends = [];
  M4.onEscape = (end) => ends.unshift(end);
  M4.endOnEscape = () => ends.some((end) => end());

  dialogue.addEventListener('click', (event) => event.target === dialogue && M4.closeDialogue());
}
