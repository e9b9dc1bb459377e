package demo

import (
	"slices"
	"strings"
)

// report is one type of Shadowserver report: its columns in order, and how often a machine appears in it.
type report struct {
	name    string
	columns []string
	repeat  int // records per machine, about, times four: 4 is once
	special map[string]column
}

// Reports are the types that this package can write.
func Reports() []string {
	names := make([]string, 0, len(reports))
	for _, r := range reports {
		names = append(names, r.name)
	}
	return names
}

// Columns are a report's column names in the order in which the file has them; nil for a type that this package cannot write.
func Columns(name string) []string {
	if r := find(name); r != nil {
		return slices.Clone(r.columns)
	}
	return nil
}

func find(name string) *report {
	for i := range reports {
		if reports[i].name == name {
			return &reports[i]
		}
	}
	return nil
}

func cols(list string) []string { return strings.Split(list, ",") }

const (
	seen   = "timestamp,src_ip,src_port,"
	source = "src_asn,src_geo,src_region,src_city,src_hostname,src_naics,src_sector,device_vendor,device_type,device_model,"
	target = "dst_ip,dst_port,dst_asn,dst_geo,dst_region,dst_city,dst_hostname,dst_naics,dst_sector,public_source,"
)

var reports = []report{
	{"scan_telnet", cols("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,banner"), 5, map[string]column{
		"port": fixed("23"), "tag": fixed("telnet"),
	}},
	{"event4_sinkhole_http", cols(seen + "tag,family,infection,protocol," + source + target +
		"application,version,event_id,http_url,http_host,http_agent,forwarded_by,ssl_cipher,http_referer"), 24, map[string]column{
		"tag": ofHost("malware", families), "family": ofHost("malware", families), "infection": ofHost("malware", families),
		"application": fixed("http"), "dst_port": fixed("80"),
	}},
	{"scan_ssl", cols("timestamp,ip,port,hostname,tag,handshake,asn,geo,region,city,cipher_suite,ssl_poodle," + certificate + "," +
		"naics,sic,freak_vulnerable,freak_cipher_suite,sector,sha256_fingerprint,sha512_fingerprint,md5_fingerprint," +
		"http_response_type,http_code,http_reason,content_type,http_connection,www_authenticate,set_cookie,server_type,content_length," +
		"transfer_encoding,http_date,cert_valid,self_signed,cert_expired,browser_trusted,validation_level,browser_error," +
		"tlsv13_support,tlsv13_cipher,jarm"), 5, map[string]column{"port": ofHost("tlsport", []string{"443", "8443", "4443", "10443"}), "tag": fixed("ssl")}},
	{"event4_honeypot_ddos_amp", cols(seen + "avg_pps,max_pps,tag,protocol," + source + target +
		"infection,family,application,version,event_id,request,count,bytes,end_time,duration"), 12, map[string]column{
		"tag": fixed("ddos-amp"), "protocol": fixed("udp"), "infection": fixed("ddos-amp"), "request": ofRow("request", requests), "dst_port": ofRow("amp", []string{"53", "123", "389", "1900"}),
	}},
	{"phish_url", cols("timestamp,ip,url,host,asn,geo,region,city,naics,sector,source"), 4, map[string]column{
		"url": phishURL, "host": phishHost, "source": fixed("phish-list"),
	}},
	{"compromised_website", cols("timestamp,ip,port,application,url,http_host,hostname,tag,asn,geo,region,city,category,system," +
		"detected_since,server,redirect_target,naics,sic,sector,cc_url,family"), 8, map[string]column{
		"port": fixed("80"), "application": fixed("http"), "url": fixed("/"), "http_host": siteHost, "tag": ofHost("category", categories), "family": fixed(""),
	}},
	{"scan_rdp", cols("timestamp,ip,port,cve20190708_vulnerable,bluekeep_vulnerable,hostname,tag,handshake,asn,geo,region,city," +
		"rdp_protocol,cert_length,subject_common_name,issuer_common_name,cert_issue_date,cert_expiration_date,sha1_fingerprint," +
		"cert_serial_number,ssl_version,signature_algorithm,key_algorithm,sha256_fingerprint,sha512_fingerprint,md5_fingerprint," +
		"naics,sic,sector,tlsv13_support,tlsv13_cipher,jarm"), 5, map[string]column{"port": fixed("3389"), "tag": fixed("rdp")}},
	{"event4_honeypot_brute_force", cols(seen + "application,username,tag,protocol," + source + target +
		"infection,family,version,event_id,service,start_time,end_time,client_version,password,payload_url,payload_md5"), 16, map[string]column{
		"tag": fixed("brute-force"), "application": ofRow("service", services), "service": ofRow("service", services), "dst_port": ofRow("bport", []string{"22", "23", "3389", "21", "445"}),
	}},
	{"scan_exchange", cols("timestamp,ip,port,tag,hostname,asn,geo,region,city,naics,sic,sector,version,servername,url"), 5, map[string]column{
		"port": fixed("443"), "tag": ofHost("cve", cves), "version": ofHost("build", exchange), "url": fixed("/owa/"),
	}},
	{"malware_url", cols("timestamp,ip,url,host,asn,geo,region,city,naics,sector,tag,source,sha256,application"), 6, map[string]column{
		"url": malwareURL, "host": siteHost, "tag": ofHost("malware", families), "source": fixed("url-list"), "sha256": digest("sample", 32, 4000), "application": fixed("http"),
	}},
	{"device_id", cols("timestamp,ip,port,protocol,hostname,tag,asn,geo,region,city,naics,sic,sector,device_vendor,device_type,device_model"), 5, map[string]column{
		"port": fixed("80"), "tag": fixed("iot"),
	}},
	{"blocklist", cols("timestamp,ip,tag,hostname,source,reason,asn,geo,region,city,naics,sic,sector"), 5, map[string]column{
		"tag": fixed("blocklist"), "source": ofHost("list", lists), "reason": ofHost("reason", reasons),
	}},
}

const certificate = "cert_length,subject_common_name,issuer_common_name,cert_issue_date,cert_expiration_date,sha1_fingerprint,cert_serial_number," +
	"ssl_version,signature_algorithm,key_algorithm,subject_organization_name,subject_organization_unit_name,subject_country," +
	"subject_state_or_province_name,subject_locality_name,subject_street_address,subject_postal_code,subject_surname,subject_given_name," +
	"subject_email_address,subject_business_category,subject_serial_number,issuer_organization_name,issuer_organization_unit_name," +
	"issuer_country,issuer_state_or_province_name,issuer_locality_name,issuer_street_address,issuer_postal_code,issuer_surname," +
	"issuer_given_name,issuer_email_address,issuer_business_category,issuer_serial_number"
