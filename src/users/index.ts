export { createDirectory, type Directory } from './directory.ts';
export type { Person, PersonDetails } from './model.ts';
export { deletePerson, findPerson, holdAccounts, insertPeople, namesOf, type NewPerson, updatePerson } from './store.ts';
