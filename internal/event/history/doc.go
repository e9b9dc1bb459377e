// Package history finds the events of one address without the query engine: which row groups may hold it is asked of their filters (see
// package segment), and of those only the columns that are wanted are read, in this process. The answers are those of the engine.
//
// What cannot be answered so (ErrCannot), and any file that cannot be read, is for the engine: nothing is ever left out.
package history
