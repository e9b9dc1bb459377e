package config

// Form is the section [form].
type Form struct {
	Enabled   bool   `key:"enabled" default:"true" doc:"Whether anybody may report an incident at /report, without an account."`
	PromiseEN string `key:"promise_en" default:"" doc:"What reporters are told before they type, in English: who sees what they write, and what is never passed on. A blank line begins a paragraph. Empty: the built-in text."`
	PromiseFR string `key:"promise_fr" default:"" doc:"The same in French."`
	MaxFiles  Size   `key:"max_files" default:"20MiB" doc:"The files of one report, or of one message in a mailbox, at most, all together. They are held in memory while they come in: nothing is written down before it is encrypted."`
	Held      Size   `key:"held" default:"256MiB" doc:"Memory for such files of all who send some at a time; who comes when it is used up is asked to press the button again."`
}

// form checks the section [form].
func (b *binder) form(f Form, body Size) {
	b.atLeast("form.max_files", int64(f.MaxFiles), 1<<20)
	b.atLeast("form.held", int64(f.Held), int64(f.MaxFiles))
	if f.MaxFiles > body-1<<20 {
		b.complain("form.max_files", "a request may have %d bytes (serve.max_body): the files must leave 1MiB of that to the text", body)
	}
}
