"use strict";
// What a word means, where it stands: on hover, on keyboard focus, or on a tap; the text is that of the page's glossary.
(() => {
  const tip = document.createElement("div");
  Object.assign(tip, {id: "meaning", className: "tip meaning", hidden: true});
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);
  const hide = () => { tip.hidden = true; };
  const show = (word) => {
    const entry = document.getElementById(word.hash.slice(1));
    if (!entry) return;
    const name = document.createElement("b");
    name.textContent = entry.textContent;
    tip.replaceChildren(name, `: ${entry.nextElementSibling.textContent}`);
    tip.hidden = false;
    word.setAttribute("aria-describedby", tip.id);
    const at = word.getBoundingClientRect(), [wide, high] = [tip.offsetWidth, tip.offsetHeight];
    tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - wide - 8))}px`;
    tip.style.top = `${at.bottom + high + 8 < window.innerHeight ? at.bottom + 4 : Math.max(4, at.top - high - 4)}px`;
  };
  for (const word of document.querySelectorAll("a.term")) {
    word.addEventListener("mouseenter", () => show(word));
    word.addEventListener("focus", () => show(word));
    word.addEventListener("mouseleave", hide);
    word.addEventListener("blur", hide);
    word.addEventListener("click", (event) => { // it stays where one reads
      event.preventDefault();
      show(word);
    });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  document.addEventListener("scroll", hide, {passive: true, capture: true});
})();
