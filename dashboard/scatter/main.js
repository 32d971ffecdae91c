// Streamlit calls this on every rerun with the same elements; the chart lives on the root element.
export default function (component) {
  const root = component.parentElement.querySelector(".scatter");
  root.chart ||= new Chart(root);
  root.chart.update(component.data, component.setTriggerValue);
  // Streamlit also calls the clean-up of a run that a newer one overtook, with the elements still in use.
  return () => {
    const releaseIfGone = () => {
      if (root.isConnected) return;
      root.chart?.release();
      root.chart = null;
    };
    releaseIfGone();
    setTimeout(releaseIfGone);
  };
}
