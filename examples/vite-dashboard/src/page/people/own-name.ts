const BIRDS = ['Heron', 'Kestrel', 'Puffin', 'Plover', 'Gannet', 'Curlew', 'Tern', 'Osprey', 'Dunlin', 'Petrel']

/**
 * The name under which this tab watches, made once and kept over a reload. Each tab has its own, so that two of them are
 * two people: in an application with sign-in they would be one.
 */
export const ownName: string = (() => {
  const kept = sessionStorage.getItem('name')
  const bird = BIRDS[Math.floor(Math.random() * BIRDS.length)] ?? 'Heron'
  const name = kept ?? `${bird} ${10 + Math.floor(Math.random() * 90)}`
  sessionStorage.setItem('name', name)
  return name
})()
