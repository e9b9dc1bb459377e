package countermeasure

// Seen is what an exit met.
type Seen struct {
	Status int    // of HTTP; 0 if there was no answer
	Final  string // the last URL, after redirects
	Body   []byte // as much of it as is read
	Cut    bool   // there was more
	Err    error  // why there was no answer
}
