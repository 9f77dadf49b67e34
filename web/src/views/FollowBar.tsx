import { useEffect, useState } from 'preact/hooks';
import { barLine } from '../state/words.ts';
import type { RunState } from '../state/run.ts';
import { useApp } from './context.ts';
import { takeStudent } from './Result.tsx';

/** The result in one line, once the answer has scrolled away; on phones always, at the bottom. */
export function FollowBar({ run }: { run: RunState }) {
  const { actions } = useApp();
  const [away, setAway] = useState(false);
  useEffect(() => {
    const answer = document.getElementById('sentence');
    if (!answer) return;
    const observer = new IntersectionObserver(([entry]) => setAway(entry !== undefined && !entry.isIntersecting && entry.boundingClientRect.top < 0));
    observer.observe(answer);
    return () => observer.disconnect();
  }, []);
  const line = barLine(run);
  if (!line) return null;
  return (
    <aside class={away ? 'follow-bar away' : 'follow-bar'} aria-label="The result in short">
      <div class="container">
        <b class="brand">Distillery</b>
        <span class="line"><b class="student">{line.key}</b>{line.after}</span>
        <button type="button" class="primary" onClick={() => takeStudent(actions.takeStudent())}>Take the student</button>
      </div>
    </aside>
  );
}
