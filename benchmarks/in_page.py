"""What runs inside the measured pages: an observer from the start, and a drill with its clock."""

OBSERVER = """
(selector) => {
    const seen = (window.measured = { long: [] });
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) seen.long.push([task.startTime, task.startTime + task.duration]);
    }).observe({ type: 'longtask', buffered: true });
    const look = () => {
        if (!seen.figures && document.querySelector(selector)) seen.figures = performance.now();
        const waiting = document.querySelector('.panel.is-loading, .skeleton');
        const there = document.querySelectorAll('.panel').length > 5;
        const map = !document.querySelector('.leaflet-container')
            || document.querySelector('.leaflet-overlay-pane path, .leaflet-overlay-pane canvas');
        if (!seen.all && there && !waiting && map)
            requestAnimationFrame(() => { seen.all = seen.all || performance.now(); });
    };
    new MutationObserver(look).observe(document, {
        subtree: true, childList: true, attributes: true, attributeFilter: ['class'],
    });
}
"""

DRILL = """
(row) => new Promise((done) => {
    const level = () => document.querySelectorAll('.crumb').length;
    const areas = () => [...document.querySelectorAll('.leaflet-overlay-pane path')];
    const level_before = level();
    const old = areas()[0];
    const canvas = document.querySelector('.leaflet-overlay-pane canvas');
    const mapped = document.querySelector('.leaflet-container');
    const started = performance.now();
    const watch = () => {
        const drawn = areas();
        const painted = !mapped || canvas || (drawn.length && !drawn.includes(old));
        if (level() !== level_before && painted) done(performance.now() - started);
        else requestAnimationFrame(watch);
    };
    if (row === null) history.back();
    else document.querySelectorAll('.panel-ranking a.row')[row].click();
    requestAnimationFrame(watch);
})
"""
