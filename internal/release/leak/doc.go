// Package leak finds names in what is about to leave: in text, mail headers and files, however they are written or packed.
//
// Words: Names are what must not be found: of organisations, people, domains, addresses, mailboxes, tickets. Content is what would be sent. A Leak is a
// name that stands in it, with its Place in words that a person can go to: "attachment 2, events.csv, row 14, column source.fqdn".
//
// A name is found in any letter case, with or without accents, in look-alike letters of other scripts, with invisible characters in it, split by line
// breaks or by tags, defanged (example[.]org), in percent-encoding, quoted-printable, base64, escapes of JSON and of HTML, and punycode; an address in any
// spelling. CSV, JSON, HTML and XML (with it the usual office documents), ZIP, gzip, zstd, tar, mail and simple PDF are looked into, and so are the names
// of files. What cannot be looked into, such as an encrypted archive or a picture, is a Leak of the kind Unreadable: who sends it has to answer for it.
//
// A name counts where a word begins and ends. One that is short counts as it is written alone, one of a single letter never; see Names.
//
// Limits: what is unpacked is bounded (MaxUnpacked, MaxDepth), and what lies beyond is Unreadable. MaxLeaks are reported at most. Nothing is ever passed
// because it was too much. What this does not see: a name in a picture, in other words, in a cipher, and
// one of fewer than six letters in base64 of what is no text.
package leak
