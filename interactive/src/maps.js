// Outlines of countries for Plotly, which looks here before it asks a server elsewhere: see names.js, which forbids it that.
globalThis.PlotlyGeoAssets = ((outlines) => {
  const coarse = { ...outlines, antarctica_110m: outlines.world_110m, oceania_110m: outlines.world_110m };
  const fine = Object.entries(coarse).map(([name, outline]) => [name.replace("_110m", "_50m"), outline]);
  return { topojson: { ...coarse, ...Object.fromEntries(fine) } };
})(OUTLINES);
