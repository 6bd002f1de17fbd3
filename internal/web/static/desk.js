// Makes a page live: asks for it again when the node says that something
// changed, and says so when it no longer can. Nothing here is needed to use the
// desk. All words come from the page's own attributes.
"use strict";
(() => {
  const body = document.body;
  if (!body.dataset.live) return;

  const beat = Number(body.dataset.beat) * 1000;
  const words = body.dataset;
  let heard = 0; // when the node last gave a sign of life, by this page's clock
  let shown = new Date(); // when what is shown was asked for
  let ended = false; // the node said that it will not go on
  let live = false;
  let stopped = false; // the node said that it stops

  // the time at the desk, which need not be the browser's
  const clock = (d) => new Date(d.getTime() + Number(words.zone) * 60000).toISOString().slice(11, 19);
  const fill = (text, value) => text.replace("{0}", value);

  function say(text) {
    document.getElementById("say").textContent = text;
  }

  function setLive(now, why) {
    if (now === live && !why) return;
    live = now;
    document.documentElement.dataset.state = now ? "live" : "lost";
    const text = document.getElementById("live-text");
    if (text) text.textContent = now ? words.tLive : fill(words.tAsOf, clock(shown));
    const lost = document.getElementById("lost");
    lost.hidden = now;
    lost.textContent = now ? "" : fill(why || words.tGone, clock(shown));
  }

  // busy: somebody is writing or marking in the page, so it must not be exchanged.
  function busy() {
    if (body.dataset.swap !== "page") return true;
    const main = document.getElementById("main");
    for (const e of main.querySelectorAll("input, textarea, select")) {
      if (e.type === "hidden") continue;
      if (e.tagName === "SELECT" ? [...e.options].some((o) => o.selected !== o.defaultSelected && e.selectedIndex > 0)
        : e.type === "checkbox" || e.type === "radio" ? e.checked !== e.defaultChecked : e.value !== e.defaultValue) return true;
    }
    const marked = getSelection();
    if (!marked.isCollapsed && main.contains(marked.anchorNode)) return true;
    const focus = document.activeElement;
    return main.contains(focus) && ["INPUT", "TEXTAREA", "SELECT"].includes(focus.tagName);
  }

  // came is what the node last sent of each part: what it did not change stays
  // as it is, with what is open, chosen or counted down in it.
  const came = {};
  for (const id of ["watchline", "readonly", "nav", "main"]) came[id] = document.getElementById(id).innerHTML;

  function exchange(fresh, id) {
    const now = document.getElementById(id), next = fresh.getElementById(id);
    if (!now || !next || came[id] === next.innerHTML) return;
    came[id] = next.innerHTML;
    const open = [...now.querySelectorAll("details[open]")].map((d) => d.id);
    const focus = document.activeElement && now.contains(document.activeElement) ? document.activeElement : null;
    const place = focus && (focus.id ? "#" + CSS.escape(focus.id) : focus.getAttribute("href") ? 'a[href="' + CSS.escape(focus.getAttribute("href")) + '"]' : "");
    const node = document.importNode(next, true);
    now.replaceWith(node);
    for (const d of open) if (d) { const e = document.getElementById(d); if (e) e.open = true; }
    if (place) { const e = node.querySelector(place); if (e) e.focus({ preventScroll: true }); }
  }

  let asking = false, again = false, asked = Date.now();
  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    asked = Date.now();
    try {
      const when = new Date();
      // a page that is not exchanged lends its frame from the watch page, which is cheap
      const answer = await fetch(body.dataset.swap === "page" ? location.href : "/watch", { headers: { Accept: "text/html" }, cache: "no-store" });
      if (new URL(answer.url).pathname === "/login") { end(words.tSession); return; }
      if (answer.status < 500) { // a message that is no more is shown as that
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        exchange(fresh, "watchline");
        exchange(fresh, "readonly");
        if (body.dataset.swap === "page") {
          exchange(fresh, "nav");
          document.title = fresh.title;
          if (!busy()) { exchange(fresh, "main"); shown = when; tick(); }
        } else {
          for (const link of document.querySelectorAll("#nav a")) {
            const other = fresh.querySelector('#nav a[href="' + link.getAttribute("href") + '"]');
            if (other && other.innerHTML !== link.innerHTML) link.replaceChildren(...document.importNode(other, true).childNodes);
          }
        }
      }
    } catch (e) {
      // the stream says whether the node is there
    } finally {
      asking = false;
      if (again) { again = false; setTimeout(refresh, 200); }
    }
  }

  let soon = 0;
  function refreshSoon() {
    if (!soon) soon = setTimeout(() => { soon = 0; refresh(); }, 100);
  }

  let source;
  function end(why) {
    ended = true;
    if (source) source.close();
    setLive(false, why);
  }

  function open() {
    source = new EventSource(body.dataset.live);
    const alive = () => { heard = Date.now(); stopped = false; if (!ended) setLive(true); };
    // what changed between the page and its stream must not be missed
    source.addEventListener("hello", () => { alive(); refreshSoon(); });
    source.addEventListener("beat", () => { alive(); if (!document.hidden && !busy()) shown = new Date(); });
    source.addEventListener("change", (e) => {
      alive();
      if (JSON.parse(e.data).flash) say(words.tFlash);
      refreshSoon();
    });
    source.addEventListener("end", (e) => {
      const why = JSON.parse(e.data);
      if (why === "stopped") { stopped = true; setLive(false, words.tStopped); return; } // it may come back
      end(why === "moved" ? words.tMoved : words.tSession);
    });
    source.addEventListener("error", () => {
      if (ended) return;
      setLive(false, stopped ? words.tStopped : words.tGone);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (!ended) { source.close(); open(); refreshSoon(); } }, 3000);
    });
  }

  // tick counts down what is held back and looks whether the node still speaks.
  function tick() {
    for (const e of document.querySelectorAll("[data-until]")) {
      const left = Math.ceil((Date.parse(e.dataset.until) - Date.now()) / 1000);
      if (left > 0) e.textContent = fill(words.tLeft, left);
      else if (left > -3) refreshSoon();
    }
    // what only time changes, such as an age, comes with no event
    if (live && !document.hidden && Date.now() - asked > 20000) refreshSoon();
    if (live && Date.now() - heard > 2.5 * beat + 1000) setLive(false, words.tGone);
  }

  open();
  setInterval(tick, 1000);
  tick();
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (e) => { if (e.persisted && !ended) { open(); refreshSoon(); } });
})();
