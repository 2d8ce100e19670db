// Live pages: when something happens to an incident, the page is asked for again, and its live parts are put in place.
(() => {
  "use strict";
  const HASTE_MS = 400;
  const PULSE_MS = 15000;
  let isAsking = false;
  let isStale = false;
  let timer = 0;

  const isInUse = (part) => {
    const selection = document.getSelection();
    const isSelected = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
    const focused = document.activeElement;
    const isTyped = part.contains(focused) && /^(INPUT|TEXTAREA|SELECT)$/.test(focused.tagName);
    return isSelected || isTyped;
  };

  const focusOf = (part) => {
    const focused = document.activeElement;
    return focused && focused.href && part.contains(focused) ? focused.getAttribute("href") : null;
  };

  const put = (part, fresh) => {
    if (part.innerHTML === fresh.innerHTML || isInUse(part)) {
      return;
    }
    const known = new Set([...part.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
    const href = focusOf(part);
    const now = document.adoptNode(fresh);
    for (const row of now.querySelectorAll("[data-key]")) {
      if (!known.has(row.dataset.key)) {
        row.classList.add("is-new");
        announce(row);
      }
    }
    part.replaceWith(now);
    if (href !== null) {
      [...now.querySelectorAll("a")].find((link) => link.getAttribute("href") === href)?.focus();
    }
  };

  const announce = (row) => {
    const news = document.getElementById("news");
    news.textContent = `${news.dataset.words} ${row.querySelector(".row-title")?.textContent ?? ""}`;
  };

  const refresh = async () => {
    if (isAsking) {
      isStale = true;
      return;
    }
    isAsking = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of document.querySelectorAll("[data-live]")) {
          const fresh = page.getElementById(part.id);
          if (fresh) {
            put(part, fresh);
          }
        }
        document.title = page.title;
        dress();
      }
    } catch {
      // the service is away for the moment: the stream says so, and comes back by itself
    } finally {
      isAsking = false;
      if (isStale) {
        isStale = false;
        soon();
      }
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, HASTE_MS);
  };

  const follow = () => {
    const tenant = document.body.dataset.follow;
    if (tenant === undefined || !window.EventSource) {
      return;
    }
    const sign = document.getElementById("live");
    const show = (isOn) => {
      sign.hidden = false;
      sign.classList.toggle("is-on", isOn);
      sign.textContent = isOn ? sign.dataset.on : sign.dataset.off;
    };
    const stream = new EventSource(`/v1/events${tenant ? `?tenant=${encodeURIComponent(tenant)}` : ""}`);
    stream.addEventListener("hello", () => {
      show(true);
      soon();
    });
    stream.addEventListener("incident", soon);
    stream.addEventListener("error", () => show(false));
    addEventListener("pagehide", () => stream.close());
    setInterval(() => {
      if (!document.hidden) {
        soon();
      }
    }, PULSE_MS);
  };

  const localTime = (moment) =>
    new Date(moment).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "long" });

  const dress = () => {
    for (const time of document.querySelectorAll("time:not([title])")) {
      time.title = localTime(time.dateTime);
    }
    for (const block of document.querySelectorAll("pre[data-copy]")) {
      if (navigator.clipboard && !block.nextElementSibling) {
        block.after(copier(block));
      }
    }
  };

  const copier = (block) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = block.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.textContent);
      button.textContent = block.dataset.copied;
      setTimeout(() => (button.textContent = block.dataset.copy), 1500);
    });
    return button;
  };

  dress();
  follow();
})();
