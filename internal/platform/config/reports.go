package config

// Reports is the section [reports].
type Reports struct {
	OnCallMail    string `key:"on_call_mail" default:"" doc:"The mailbox of the person on call: a report about life or an essential service in progress is told there at once, by its number alone. Empty: the team's own mailbox."`
	OnCallPhone   string `key:"on_call_phone" default:"" doc:"The telephone of the person on call, shown beside such a report. Firehall does not ring it."`
	OnCallWebhook string `key:"on_call_webhook" default:"" secret:"true" doc:"An https address that is posted to at such a report: {\"ref\": \"R-...\", \"url\": \"...\"}. Empty: none."`
}
