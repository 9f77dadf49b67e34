/** Style sheets belong to the views that import them, and are fetched with them. */
declare module '*.css';
