// Package walk walks every way into a running installation as everybody who could come: each page and part, each operation of the API, as each role,
// as programs with each scope, as people whose time is over and as strangers. What one may not see is not there for them: no word of it, no
// difference in a count, and the same answer as for what does not exist. What one may not do changes nothing.
//
// The routes come from the pages and the API themselves: a new one is walked at once, and fails the test if the walk does not know what to put into
// its path.
package walk
