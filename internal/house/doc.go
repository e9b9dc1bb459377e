// Package house holds the rules of the repository as tests: the floors, a comment on every package, files of readable length,
// documents that name what is there. It has no code of its own for the program.
package house
