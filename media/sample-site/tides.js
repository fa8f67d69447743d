// Half a lunar day, the time from one high water to the next.
const period = (12 * 60 + 25) * 60 * 1000;

const phase = (Date.now() % period) / period;
document.querySelector('#state').textContent = phase < 0.5 ? 'falling' : 'rising';
