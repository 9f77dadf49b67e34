/** The empty chart of the first visit: the question, before there is any figure. */
export function Question() {
  return (
    <svg class="question" viewBox="0 0 848 220" role="img" aria-label="The ensemble is accurate and heavy. How far left, to fewer parameters, can a student stay this good?">
      <path class="axis" d="M0.5 20V212.5H836" fill="none" />
      <text class="muted" x="12" y="32" font-size="14">↑ more right answers</text>
      <text class="muted" x="12" y="200" font-size="14">← fewer parameters</text>
      <path class="arrow dashed" d="M684 74H254" />
      <path class="arrow" d="M262 67l-10 7l10 7" />
      <circle class="ensemble-dot" cx="698" cy="74" r="5.5" />
      <text class="ink" x="698" y="58" text-anchor="middle" font-size="14" font-weight="650">The ensemble</text>
      <text class="muted" x="698" y="100" text-anchor="middle" font-size="14">accurate, heavy</text>
      <text class="student" x="262" y="60" font-size="14" font-weight="650">How far left can a student stay this good?</text>
    </svg>
  );
}
