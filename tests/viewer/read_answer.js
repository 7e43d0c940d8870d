() => {
  // Evaluated in the viewer's page: its display sets as plain data, or null before it has started.
  const services = window.services;
  const service = services && services.displaySetService;
  if (!service || !window.cornerstone) return null;
  const order = (a, b) =>
    (Number(a.InstanceNumber) || 0) - (Number(b.InstanceNumber) || 0) ||
    (a.SOPInstanceUID < b.SOPInstanceUID ? -1 : 1);
  const factorOf = set => {
    const first = [...(set.instances || [])].sort(order)[0];
    const module = first && first.imageId &&
      window.cornerstone.metaData.get('scalingModule', first.imageId);
    const factor = module && module.suvbw;
    if (factor === undefined || factor === null) return null;
    return Number.isFinite(factor) ? factor : String(factor);
  };
  const orNull = value => (value === undefined ? null : value);
  return {
    sets: service.getActiveDisplaySets().map(set => ({
      handler: set.SOPClassHandlerId,
      series: orNull(set.SeriesInstanceUID),
      frames: orNull(set.numImageFrames),
      reconstructable: orNull(set.isReconstructable),
      four_d: orNull(set.isDynamicVolume),
      volumes: set.dynamicVolumeInfo ? set.dynamicVolumeInfo.timePoints.length : null,
      attribute: set.dynamicVolumeInfo ? orNull(set.dynamicVolumeInfo.splittingTag) : null,
      messages: ((set.messages && set.messages.messages) || []).map(m => m.id),
      instances: (set.instances || []).length,
      suv_factor: factorOf(set),
    })),
    errorPage: /Something went wrong|studies are not available/i.test(document.body.innerText),
  };
}
