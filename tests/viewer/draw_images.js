async grey => {
  // Evaluated in the viewer's page: whether it can draw the images of its stacks, some of many.
  // With a value, each pixel has to be that, or nearly. Null where it lists no stack.
  const MOST = 6, SECONDS = 20, NEAR = 2;
  const late = () => new Promise((_, reject) => setTimeout(reject, SECONDS * 1000));
  const isDrawn = async imageId => {
    try {
      const loading = window.cornerstone.imageLoader.loadAndCacheImage(imageId);
      const pixels = (await Promise.race([loading, late()])).getPixelData();
      return pixels.length > 0 &&
        (grey === null || pixels.every(value => Math.abs(value - grey) <= NEAR));
    } catch {
      return false;
    }
  };
  const sets = window.services.displaySetService.getActiveDisplaySets();
  const stacks = sets.filter(set => set.SOPClassHandlerId.endsWith('.stack'));
  if (!stacks.length) return null;
  for (const set of stacks) {
    const ids = set.imageIds || (set.images || []).map(image => image.imageId);
    const step = Math.max(1, (ids.length - 1) / (MOST - 1));
    for (let n = 0; n < Math.min(MOST, ids.length); n += 1) {
      if (!(await isDrawn(ids[Math.round(n * step)]))) return false;
    }
  }
  return true;
}
