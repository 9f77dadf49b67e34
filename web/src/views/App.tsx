import { useEffect, useRef } from 'preact/hooks';
import { useApp } from './context.ts';
import { FirstVisit } from './FirstVisit.tsx';
import { FollowBar } from './FollowBar.tsx';
import { later } from './Later.tsx';
import { Licences } from './Licences.tsx';
import { Result } from './Result.tsx';
import { Runs } from './Runs.tsx';
import { FirstStory, RunStory } from './Story.tsx';
import { TopBar } from './TopBar.tsx';
import { Words } from './Words.tsx';

const Details = later(async () => (await import('./Details.tsx')).Details);

export function App() {
  const { store } = useApp();
  const run = store.run.value;
  const choosing = store.choosing.value;
  const first = useRef(true);
  useEffect(() => {
    // The other view has replaced the control that was pressed.
    if (!first.current) document.getElementById('sentence')?.focus({ preventScroll: false });
    first.current = false;
  }, [choosing]);
  return (
    <>
      <a class="skip" href="#sentence">To the result</a>
      <TopBar />
      <main id="top">
        {store.fault.value && <p class="fault container" role="alert">{store.fault.value}</p>}
        {store.notices.value.map((notice) => <p key={notice} class="notice container" role="status">{notice}</p>)}
        <div class="container columns">
          {run && !choosing ? <Result run={run} /> : <FirstVisit />}
          {run && !choosing ? <RunStory run={run} /> : <FirstStory />}
        </div>
        {run?.phase === 'finished' && !choosing && <div class="container"><Details run={run} /></div>}
        <div class="container"><Runs /></div>
        <div class="container"><Words /></div>
      </main>
      <div class="container"><Licences /></div>
      {run && !choosing && <FollowBar run={run} />}
      <p class="hidden" role="status" aria-live="polite" id="spoken">{store.spoken.value}</p>
    </>
  );
}
