import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** What is only made, and fetched, once the reader comes near it. */
export function Near({ id, children }: { id: string; children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (near || !place.current) return;
    const observer = new IntersectionObserver(([entry]) => { if (entry?.isIntersecting) setNear(true); }, { rootMargin: '300px' });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [near]);
  return <div ref={place} id={id} class={near ? undefined : 'to-come'}>{near && children}</div>;
}
