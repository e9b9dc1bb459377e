package demo

// The words that columns are made of. Order is frequency: the first are the commonest.

var (
	regions = []string{"Northmark", "Kalla", "Southmark", "Isles"}
	cities  = []string{"Kalla", "Port Aurora", "Lakeside", "Old Mill", "Stonebridge", "Fernhill", "Harbour", "Westfield", "Greenvale", "Saltmarsh"}
	sectors = []string{"Communications, Service Provider, and Hosting Service", "Information Technology", "Education", "Health", "Government", "Utilities", "Finance", ""}
	naics   = []string{"517311", "518210", "611310", "622110", "921110", "221310", "522110", "0"}
	sics    = []string{"737415", "481302", "822101", "806202", "0"}

	devices = [][3]string{
		{"", "", ""},
		{"MikroTik", "router", ""},
		{"Zyxel", "router", "VMG3625"},
		{"Hikvision", "camera", ""},
		{"Synology", "nas", "DS220"},
		{"Fortinet", "firewall", "FortiGate"},
		{"Axis", "camera", "M3045"},
		{"HP", "printer", "LaserJet"},
		{"Cisco", "router", "RV340"},
	}

	banners = []string{
		"login: |", "Password: |", "BusyBox v1.30.1 (2019-06-12) built-in shell (ash)|login: ", "User Access Verification||Username: ",
		"MikroTik v6.45.9 (long-term)|Login: ", "Welcome to Microsoft Telnet Service ||login: ", "Ubuntu 16.04.7 LTS|gateway login: ",
		"ZXHN H108N|Login: ", "HGW, release 3.12|Account:", "Warning: Telnet is not a secure protocol|Username:",
	}

	families = []string{"android.bianlian", "mirai", "avalanche-andromeda", "qsnatch", "socgholish", "gamut", "necurs", "sality", "conficker", "nymaim", "ramnit", "emotet"}
	agents   = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Linux; Android 11; SM-A125F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36",
		"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", "Go-http-client/1.1", "Dalvik/2.1.0 (Linux; U; Android 9)", "",
	}
	sinkholes = []string{"203.0.113.250", "203.0.113.251", "203.0.113.252"}
	requests  = []string{"DNS", "NTP monlist", "CLDAP", "SSDP", "CHARGEN", "WS-Discovery"}
	services  = []string{"ssh", "telnet", "rdp", "ftp", "smb", "mysql"}
	users     = []string{"root", "admin", "user", "support", "oracle", "postgres", "guest", "ubnt"}
	clients   = []string{"SSH-2.0-Go", "SSH-2.0-libssh2_1.4.3", "SSH-2.0-PUTTY", ""}
	brands    = []string{"bank", "post", "parcel", "tax", "mailbox", "wallet"}
	reasons   = []string{"spam source", "brute force", "open relay", "scanner"}
	lists     = []string{"examplelist", "droplist", "sensor-net"}

	ciphers    = []string{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_RC4_128_SHA"}
	handshakes = []string{"TLSv1.2", "TLSv1.3", "TLSv1.0", "SSLv3"}
	issuers    = [][3]string{
		{"Demo Trust RSA CA 3", "Demo Trust", "AQ"}, {"R3", "Example Certificates", "HM"}, {"Example TLS CA 2020", "Example CA Ltd", "TF"}, {"", "", ""},
	}
	signatures = []string{"sha256WithRSAEncryption", "ecdsa-with-SHA256", "sha1WithRSAEncryption", "sha384WithRSAEncryption"}
	keys       = []string{"rsaEncryption", "ecPublicKey"}
	servers    = []string{"nginx", "Apache", "Microsoft-IIS/10.0", "lighttpd/1.4.39", "Apache/2.4.41 (Ubuntu)", "cloud-proxy", "GoAhead-Webs", ""}
	responses  = [][2]string{{"200", "OK"}, {"301", "Moved Permanently"}, {"302", "Found"}, {"403", "Forbidden"}, {"401", "Unauthorized"}, {"404", "Not Found"}}
	contents   = []string{"text/html", "text/html; charset=UTF-8", "text/html; charset=utf-8", "application/json", ""}
	exchange   = []string{"15.2.1118.26", "15.1.2507.16", "15.2.986.14", "15.0.1497.48", "15.2.1258.28"}
	cves       = []string{"exchange;cve-2024-21410", "exchange;cve-2023-21529", "exchange;eol"}
	systems    = []string{"WordPress", "Joomla", "PrestaShop", "Magento"}
	categories = []string{"injected-script", "webshell", "seo-spam"}
)
