// The view of a call. Python holds the call: this shows what it says, and sends back what was chosen.

// Milliseconds before new options can be chosen. A double click is two clicks, and the second one
// must not choose what the first has brought up.
const SETTLING = 300;
// Milliseconds after which the learner is told that nothing answers.
const PATIENCE = 4000;

let made = 0;

function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
}

function bubble({ side, who, text }) {
    if (side === "event") return make("p", { class: "dc-line dc-event" }, text);
    return make(
        "div",
        { class: `dc-line dc-${side}` },
        make("span", { class: "dc-who" }, who),
        make("p", { class: "dc-text" }, text),
    );
}

function render({ model, el }) {
    const words = model.get("words");
    const asked = `dc-ask-${(made += 1)}`;
    const title = make("h3");
    const about = make("p");
    const passed = make("span", { class: "dc-passed" });
    const brief = make("p");
    const standing = make("p", { class: "dc-standing" });
    const known = make("details", { class: "dc-brief" }, make("summary", {}, words.brief), brief);
    const log = make("div", {
        class: "dc-log",
        role: "log",
        "aria-live": "polite",
        "aria-label": words.conversation,
        tabindex: "0",
    });
    const notice = make("p", { class: "dc-notice", role: "status" });
    const options = make("div", { class: "dc-options", role: "group", "aria-labelledby": asked });
    const ask = make(
        "p",
        { class: "dc-ask" },
        make("strong", { id: asked }, words.ask),
        make("span", { class: "dc-keys" }, words.keys),
    );
    const again = make("button", { class: "dc-again", type: "button" }, words.again);
    const closing = make("p", { class: "dc-closing", tabindex: "-1" });
    const debrief = make("div");
    const root = make(
        "section",
        { class: "duecourse-call", lang: model.get("lang") },
        make("header", { class: "dc-head" }, title, make("div", {}, about, passed)),
        known,
        standing,
        log,
        notice,
        ask,
        options,
        make("div", { class: "dc-foot" }, closing, again),
        debrief,
    );

    // settling: options came up just now; ready; waiting: for Python; ended
    let state, timer, problem = "", shown = [];

    function enter(next) {
        clearTimeout(timer);
        state = next;
        root.dataset.state = next;
        root.setAttribute("aria-busy", String(next === "waiting"));
        if (next === "settling") timer = setTimeout(() => enter("ready"), SETTLING);
        if (next === "waiting") timer = setTimeout(() => { say(words.slow); enter("ready"); }, PATIENCE);
    }

    function say(text) {
        problem = text;
        const all = [model.get("scene").notice, problem].filter(Boolean).join(" ");
        if (notice.textContent !== all) notice.textContent = all;
    }

    function tell(message) {
        enter("waiting");
        try {
            model.send(message);
        } catch {
            say(words.lost);
            enter("ready");
        }
    }

    function choose(button) {
        if (state !== "ready" || !button) return;
        button.classList.add("dc-chosen");
        tell({ do: "choose", option: button.dataset.option, at: model.get("scene").count });
    }

    function write(lines) {
        const same = shown.every((line, at) => JSON.stringify(line) === JSON.stringify(lines[at]));
        if (!same) log.replaceChildren();
        const fresh = lines.slice(same ? shown.length : 0).map(bubble);
        log.append(...fresh);
        shown = lines;
        // a place is only known once the browser has laid the lines out
        requestAnimationFrame(() => {
            // what the player said last stands at the top, so that the answer to it is read whole
            const last = [...log.querySelectorAll(".dc-own")].at(-1);
            log.scrollTop = last ? last.offsetTop - log.offsetTop - 8 : 0;
        });
    }

    function offer(list) {
        options.replaceChildren(
            ...list.map(({ id, text }, at) => {
                const key = make("kbd", { "aria-hidden": "true" }, String(at + 1));
                const button = make("button", { type: "button", class: "dc-option" }, key, text);
                button.dataset.option = id;
                button.addEventListener("click", () => choose(button));
                return button;
            }),
        );
    }

    function show() {
        const scene = model.get("scene");
        // Only whoever is at this view is led on; another view of the call keeps its peace.
        const here = root.contains(document.activeElement);
        root.setAttribute("aria-label", scene.title);
        title.textContent = scene.title;
        about.textContent = scene.about;
        brief.textContent = scene.brief;
        standing.textContent = scene.rule;
        passed.textContent = scene.passed;
        write(scene.lines);
        offer(scene.options);
        ask.hidden = options.hidden = scene.ended;
        closing.textContent = scene.closing;
        closing.hidden = !scene.ended;
        again.hidden = !scene.again;
        debrief.innerHTML = scene.debrief;
        if (scene.count === 0) known.open = true;
        say("");
        enter(scene.ended ? "ended" : "settling");
        if (!here) return;
        const next = scene.ended ? closing : options.querySelector("button");
        next?.focus({ preventScroll: true });
        (scene.ended ? closing : options).scrollIntoView({ block: "nearest" });
    }

    function answered({ done, problem: why }) {
        if (!done) return;
        if (state === "waiting") {
            options.querySelector(".dc-chosen")?.classList.remove("dc-chosen");
            enter(model.get("scene").ended ? "ended" : "ready");
        }
        say(why);
    }

    function pressed(event) {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        // Letters and digits are commands of the notebook: without this a 1 would make a heading of
        // the cell, and twice d would delete it.
        if (!(event.key === "Enter" && event.shiftKey) && event.key !== "Escape") {
            event.stopPropagation();
        }
        const all = [...options.querySelectorAll("button")];
        if (/^[1-9]$/.test(event.key)) {
            if (!event.repeat) choose(all[Number(event.key) - 1]);
            return;
        }
        const at = all.indexOf(document.activeElement);
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (at >= 0 && step) {
            event.preventDefault();
            all[(at + step + all.length) % all.length].focus();
        }
        // a key held down must not run through the call
        if (event.repeat && ["Enter", " "].includes(event.key)) event.preventDefault();
    }

    const lost = () => say(words.lost);
    again.addEventListener("click", () => state !== "waiting" && tell({ do: "again" }));
    root.addEventListener("keydown", pressed);
    model.on("change:scene", show);
    model.on("msg:custom", answered);
    model.on("comm_live_update", lost);
    show();
    el.append(root);
    return () => {
        clearTimeout(timer);
        model.off("change:scene", show);
        model.off("msg:custom", answered);
        model.off("comm_live_update", lost);
    };
}

export default { render };
