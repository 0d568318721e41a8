/* How long ago something was. The time of day may be put back, the other clock may stand still while the machine
   sleeps: the larger of the two is believed. */
window.elapsed = {
  mark: () => [Date.now(), performance.now()],
  since: ([day, steady]) => Math.max(Date.now() - day, performance.now() - steady),
};
