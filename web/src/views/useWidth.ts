import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** The width of an element, as it changes. */
export function useWidth<E extends HTMLElement>(first: number): { ref: { current: E | null }; width: number } {
  const ref = useRef<E>(null);
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const read = () => setWidth(Math.max(240, Math.floor(element.clientWidth)));
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
