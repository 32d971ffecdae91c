// The three arrays of the map, each fetched when its address changes and only then.

class Sources {
  constructor() {
    this.known = new Map(); // name -> {url, promise}
  }

  // A promise of the array at an address; Kind: its type, length: how many values it must have.
  get(name, url, Kind, length) {
    const known = this.known.get(name);
    if (known?.url === url && known.length === length) return known.promise;
    const entry = { url, length, promise: fetchArray(url, Kind, length) };
    this.known.set(name, entry);
    entry.promise.catch(() => {
      if (this.known.get(name) === entry) this.known.delete(name); // a second try asks again
    });
    return entry.promise;
  }
}

async function fetchArray(url, Kind, length) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  const wanted = length * Kind.BYTES_PER_ELEMENT;
  if (bytes.byteLength !== wanted) {
    throw new Error(`${url} holds ${bytes.byteLength} bytes, expected ${wanted}`);
  }
  return new Kind(bytes);
}
