async grey => {
  // Evaluated in the viewer's page. By SeriesInstanceUID of its stacks: whether it can decode their
  // images, some of many, and its viewport then shows one. With a value, each pixel has to be that,
  // or nearly.
  const MOST = 6, SECONDS = 20, NEAR = 2, SHOWN_WITHIN = 5;
  const { cornerstone } = window;
  const { displaySetService, viewportGridService, cornerstoneViewportService } = window.services;
  const wait = seconds => new Promise(done => setTimeout(done, seconds * 1000));
  const late = async () => { await wait(SECONDS); throw new Error('too late'); };
  const idsOf = set => set.imageIds || (set.images || []).map(image => image.imageId);

  const uidOf = imageId => cornerstone.metaData.get('sopCommonModule', imageId)?.sopInstanceUID;

  const isDecoded = async imageId => {
    try {
      const loading = cornerstone.imageLoader.loadAndCacheImage(imageId);
      const image = await Promise.race([loading, late()]);
      const pixels = image.getPixelData();
      const isAnyValue = grey === null || image.preScale?.scaled;  // PET, in SUV
      return pixels.length > 0 &&
        (isAnyValue || pixels.every(value => Math.abs(value - grey) <= NEAR));
    } catch {
      return false;
    }
  };

  // Where the header has no window: one in which no value is black, as the viewport's ground is.
  const brighten = (viewport, image) => {
    const window = cornerstone.metaData.get('voiLutModule', image.imageId)?.windowWidth;
    if ([window].flat()[0] !== undefined) return;
    const ends = [image.minPixelValue, image.maxPixelValue];
    const all = [...ends, ...ends.map(end => end * image.slope + image.intercept)];
    if (image.color || !all.every(Number.isFinite)) return;
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const span = most - least + 1;
    viewport.setProperties({ voiRange: { lower: least - span, upper: most + span } });
  };
  const isLit = canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value, n) => value > 0 && n % 4 < 3);
  };
  const isShown = async set => {
    const viewportId = viewportGridService.getActiveViewportId();
    const displaySetInstanceUIDs = [set.displaySetInstanceUID];
    viewportGridService.setDisplaySetsForViewport({ viewportId, displaySetInstanceUIDs });
    const uids = new Set(set.instances.map(instance => instance.SOPInstanceUID));
    for (const until = Date.now() + SHOWN_WITHIN * 1000; Date.now() < until; await wait(0.1)) {
      const viewport = cornerstoneViewportService.getCornerstoneViewport(viewportId);
      const image = viewport && viewport.csImage;
      if (!image || !uids.has(uidOf(image.imageId))) continue;
      if (isLit(viewport.getCanvas())) return true;
      brighten(viewport, image);
      viewport.render();
    }
    return false;
  };

  const isDrawn = async set => {
    const ids = idsOf(set);
    const step = Math.max(1, (ids.length - 1) / (MOST - 1));
    for (let n = 0; n < Math.min(MOST, ids.length); n += 1) {
      if (!(await isDecoded(ids[Math.round(n * step)]))) return false;
    }
    return isShown(set);
  };

  const drawn = {};
  for (const set of displaySetService.getActiveDisplaySets()) {
    if (!set.SOPClassHandlerId.endsWith('.stack')) continue;
    drawn[set.SeriesInstanceUID] = (await isDrawn(set)) && drawn[set.SeriesInstanceUID] !== false;
  }
  return drawn;
}
