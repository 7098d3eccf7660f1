"use strict";
// Keys, and the filter of a page that stands alone. All of it works without, but for the latter.
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => !row.closest("[hidden]"));
  const filter = document.querySelector("form.filter");
  const move = (step) => {
    const all = rows();
    const at = all.indexOf(document.activeElement.closest("[data-row]"));
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape" && typing) { typing.blur(); return; }
    if (typing) return;
    const within = event.target.closest("[data-row]");
    const arrow = within || document.activeElement === document.body;
    if (event.key === "j" || (arrow && event.key === "ArrowDown")) { event.preventDefault(); move(1); }
    else if (event.key === "k" || (arrow && event.key === "ArrowUp")) { event.preventDefault(); move(-1); }
    else if (event.key === "/" && filter) { event.preventDefault(); filter.querySelector("select, input").focus(); }
  });
  const pulse = document.querySelector("[data-pulse]");
  if (pulse) {
    setInterval(async () => {
      try {
        const answer = await fetch("/pulse", { redirect: "error" });
        if (!answer.ok) return;
        const now = await answer.json();
        document.title = document.title.replace(/^\(\d+\) /, "");
        if (now.waiting) document.title = `(${now.waiting}) ${document.title}`;
        pulse.hidden = String(now.version) === pulse.dataset.pulse;
      } catch { /* the server is away; the next time will do */ }
    }, 30000);
  }
  if (!filter || filter.method !== "dialog") return;
  filter.hidden = false;
  const count = document.querySelector("[data-count]");
  const none = document.querySelector("[data-none]");
  const apply = () => {
    const wanted = Object.fromEntries(new FormData(filter));
    let shown = 0;
    for (const item of document.querySelectorAll("[data-level]")) {
      const of = item.dataset;
      const fits = Number(of.level) >= Number(wanted.level || 0)
        && (!wanted.province || of.provinces.split(" ").includes(wanted.province))
        && (!wanted.within || (of.within && Number(of.within) <= Number(wanted.within)))
        && (!wanted.state || of.state === wanted.state);
      item.hidden = !fits;
      shown += fits;
    }
    count.textContent = shown;
    none.hidden = shown > 0;
  };
  filter.addEventListener("change", apply);
  addEventListener("beforeprint", () => rows().forEach((row) => { row.parentElement.open = true; }));
  filter.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
