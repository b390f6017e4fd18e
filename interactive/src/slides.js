// Comes after reveal.js: makes a deck of the slides that stand one below the other. The page has no origin: its storage, its history
// and the page around it are out of reach.
(() => {
  "use strict";

  const WIDEST = 960; // of a slide, in its own pixels; on a wider screen it grows
  const LARGEST_SCALE = 2.5;

  function sizes() {
    const width = Math.min(WIDEST, Math.max(320, innerWidth));
    return { width, height: Math.round((width * innerHeight) / Math.max(1, innerWidth)) };
  }

  function begin() {
    const deck = document.querySelector(".reveal");
    if (deck === null || deck.classList.contains("nbi-deck")) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(REVEAL_STYLE);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    deck.classList.add("nbi-deck");
    history.replaceState = () => {}; // reveal.js keeps the address without a fragment; here that is refused with an error
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    Reveal.initialize({
      ...sizes(),
      margin: 0,
      minScale: 0.1,
      maxScale: LARGEST_SCALE,
      center: false,
      controls: true,
      controlsTutorial: false,
      progress: true,
      slideNumber: "c/t",
      hash: false,
      history: false,
      respondToHashChanges: false,
      jumpToSlide: false,
      scrollActivationWidth: null,
      postMessage: false,
      postMessageEvents: false,
      viewDistance: Number.MAX_SAFE_INTEGER, // charts on slides that are taken out of the page would have no width
      mobileViewDistance: Number.MAX_SAFE_INTEGER,
      preloadIframes: false,
      autoPlayMedia: false,
      keyboard: { 70: null }, // full screen, which the page may not ask for
      transition: isStill ? "none" : "slide",
      backgroundTransition: "none",
      transitionSpeed: "fast",
      autoAnimate: !isStill,
    });
    addEventListener("resize", () => Reveal.configure(sizes()));
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
