import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A view that is fetched when it is first shown. It says so where that fails, and tries again when it is shown anew. */
export function later<Props extends object>(fetch: () => Promise<ComponentType<Props>>): (props: Props) => JSX.Element | null {
  let fetched: ComponentType<Props> | null = null;
  return function Later(props: Props) {
    const [View, setView] = useState<{ it: ComponentType<Props> } | null>(fetched && { it: fetched });
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (View) return;
      fetch().then((it) => {
        fetched = it;
        setView({ it });
      }, () => setFailed(true));
    }, []);
    if (failed) return <p class="fault" role="alert">A part of the page could not be fetched. Load the page again to see it; the run is kept.</p>;
    return View && <View.it {...props} />;
  };
}
