/** Files of the language, imported as their text: the compiler reads no files, and the library's methods go into its bundle. */
declare module '*.weft' {
  const text: string;
  export default text;
}
