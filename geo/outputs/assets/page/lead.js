// ---- lead
// What the map shows of the day, in one or two sentences. The build wrote them; here the day is filled in.

{
  const element = M4.element;
  const WIDE = window.matchMedia('(min-width: 700px)');
  const leads = M4.leads.get(M4.language) ?? [];

  // The sentences about a day; none before the first.
  M4.leadOf = (day) => {
    const [, ...sentences] = leads.filter(([from]) => from <= day).pop() ?? [];
    return sentences.map((sentence) => sentence.replace('{day}', M4.dates.label(day)));
  };

  // A narrow screen shows the first sentence, and the others at a press.
  const folded = ([first, ...others], isOpen) =>
    element('details', { open: isOpen }, element('summary', {}, first), element('p', {}, others.join(' ')));

  M4.showLead = () => {
    const holder = document.getElementById('lead');
    const show = ({ day }) => {
      const sentences = M4.leadOf(day);
      const isOpen = holder.querySelector('details')?.open ?? false;
      const isFolded = !WIDE.matches && sentences.length > 1;
      holder.replaceChildren(isFolded ? folded(sentences, isOpen) : element('p', {}, sentences.join(' ')));
      holder.hidden = !sentences.length;
    };
    M4.follow(['day'], show);
    WIDE.addEventListener('change', () => show(M4.state));
  };
}
