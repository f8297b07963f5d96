/** In charge of files that wait to be sent: kept in the panel's own IndexedDB, so that they survive a reload. */
const NAME = "madoguchi";
const STORE = "files";

async function run<T>(mode: IDBTransactionMode, what: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await new Promise<IDBDatabase>((done, fail) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => fail(opening.error);
  });
  try {
    return await new Promise<T>((done, fail) => {
      const transaction = database.transaction(STORE, mode);
      const asked = what(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(asked.result);
      transaction.onabort = transaction.onerror = () => fail(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const shelf = {
  put: (id: string, file: File): Promise<unknown> => run("readwrite", (store) => store.put(file, id)),
  take: (id: string): Promise<File | undefined> => run("readonly", (store) => store.get(id) as IDBRequest<File | undefined>),
  drop: (id: string): Promise<unknown> => run("readwrite", (store) => store.delete(id)),
};
