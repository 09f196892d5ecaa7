/** A file that is made to hold credentials, and how it shows that it does. */
export interface CredentialFile {
  readonly kind: string;
  readonly basenames: readonly string[];
  /** The whole path. */
  readonly path: RegExp;
  /** Matched against the text. */
  readonly shows: RegExp;
  /** What was seen, in words. */
  readonly evidence: string;
}

/** Keys of service accounts go by the name that they are downloaded with, or any that says what they are. */
export const GOOGLE_KEY: CredentialFile = {
  kind: 'google-cloud',
  basenames: [],
  path: /(?:^|\/)(?:application_default_credentials|(?=[^/]*(?:service[-_]?account|credential|gcp|gcloud))[^/]+|[^/]+-[0-9a-f]{12})\.json$/i,
  shows: /"private_key"\s*:\s*"-----BEGIN |"refresh_token"\s*:\s*"[^"\s]/,
  evidence: 'a key or refresh token',
};

export const CREDENTIAL_FILES: readonly CredentialFile[] = [
  {
    kind: 'aws',
    basenames: ['credentials'],
    path: /(?:^|\/)\.aws\/credentials$/,
    shows: /^[ \t]*aws_secret_access_key[ \t]*=[ \t]*\S/im,
    evidence: 'a secret access key',
  },
  {
    kind: 'docker',
    basenames: ['config.json', '.dockercfg', '.dockerconfigjson'],
    path: /(?:^|\/)(?:\.docker\/config\.json|kaniko\/\.docker\/config\.json|\.dockercfg|\.dockerconfigjson)$/,
    shows: /"(?:auth|identitytoken|registrytoken|password)"\s*:\s*"[^"\s]/,
    evidence: 'a login to a registry',
  },
  {
    kind: 'podman',
    basenames: ['auth.json'],
    path: /(?:^|\/)containers\/(?:\d+\/)?auth\.json$/,
    shows: /"auth"\s*:\s*"[^"\s]/,
    evidence: 'a login to a registry',
  },
  {
    kind: 'azure',
    basenames: ['accessTokens.json', 'msal_token_cache.json'],
    path: /(?:^|\/)\.azure\/(?:accessTokens|msal_token_cache)\.json$/,
    shows: /"(?:accessToken|secret)"\s*:\s*"[^"\s]/,
    evidence: 'a token',
  },
  {
    kind: 'kubernetes',
    basenames: ['config', 'kubeconfig', 'admin.conf', 'kubelet.conf'],
    path: /(?:^|\/)(?:\.kube\/config|kubeconfig|kubernetes\/(?:admin|kubelet)\.conf)$/,
    shows: /^[ \t]*(?:- )?(?:client-key-data|token|password):[ \t]*["']?[^\s"']/m,
    evidence: 'a key, token or password of a user',
  },
  {
    kind: 'kubernetes-token',
    basenames: ['token'],
    path: /(?:^|\/)secrets\/kubernetes\.io\/serviceaccount\/token$/,
    shows: /^eyJ[\w-]+\.[\w-]+\.[\w-]+\s*$/,
    evidence: 'a token',
  },
  {
    kind: 'netrc',
    basenames: ['.netrc', '_netrc'],
    path: /(?:^|\/)[._]netrc$/,
    shows: /\bpassword[ \t\r\n]+\S/,
    evidence: 'a password',
  },
  {
    kind: 'git',
    basenames: ['.git-credentials', 'config'],
    path: /(?:^|\/)(?:\.git-credentials|\.git\/config|\.config\/git\/credentials)$/,
    shows: /https?:\/\/[^\s/:@]*:[^\s/@]+@/,
    evidence: 'a password in an address',
  },
  {
    kind: 'github',
    basenames: ['hosts.yml'],
    path: /(?:^|\/)(?:\.config\/)?gh\/hosts\.yml$/,
    shows: /^[ \t]*oauth_token:[ \t]*\S/m,
    evidence: 'a token',
  },
  {
    kind: 'npm',
    basenames: ['.npmrc', 'npmrc', '.yarnrc.yml'],
    path: /(?:^|\/)(?:\.npmrc|etc\/npmrc|\.yarnrc\.yml)$/,
    shows:
      /(?:_authToken|_auth|_password)[ \t]*=[ \t]*["']?(?!\$\{)[^\s"']|npmAuth(?:Token|Ident):[ \t]*["']?(?!\$\{)[^\s"']/,
    evidence: 'a token or password',
  },
  {
    kind: 'pypi',
    basenames: ['.pypirc'],
    path: /(?:^|\/)\.pypirc$/,
    shows: /^[ \t]*password[ \t]*[=:][ \t]*\S/im,
    evidence: 'a password',
  },
  {
    kind: 'pip',
    basenames: ['pip.conf', '.pip.conf'],
    path: /(?:^|\/)\.?pip\.conf$/,
    shows: /https?:\/\/[^\s/:@]*:(?!\$\{)[^\s/@]+@/,
    evidence: 'a password in an address',
  },
  {
    kind: 'cargo',
    basenames: ['credentials', 'credentials.toml'],
    path: /(?:^|\/)\.?cargo\/credentials(?:\.toml)?$/,
    shows: /^[ \t]*token[ \t]*=[ \t]*["']\S/m,
    evidence: 'a token',
  },
  {
    kind: 'rubygems',
    basenames: ['credentials'],
    path: /(?:^|\/)\.gem\/credentials$/,
    shows: /^:\w+:[ \t]*["']?\w{16,}/m,
    evidence: 'a key',
  },
  {
    kind: 'composer',
    basenames: ['auth.json'],
    path: /(?:^|\/)\.?composer\/auth\.json$/,
    shows: /"(?:password|github\.com|gitlab\.com|token)"\s*:\s*"[^"\s]/,
    evidence: 'a token or password',
  },
  {
    kind: 'maven',
    basenames: ['settings.xml'],
    path: /(?:^|\/)(?:\.m2|maven\/conf)\/settings\.xml$/,
    // The file that Maven itself brings has its examples in comments, with words of advice for values.
    shows: /<(?:password|passphrase)>(?!\$\{|my_password|optional|repopwd|proxypass)[^<\s]+</,
    evidence: 'a password',
  },
  {
    kind: 'postgresql',
    basenames: ['.pgpass'],
    path: /(?:^|\/)\.pgpass$/,
    shows: /^[^#:\s]*:[^:\s]*:[^:\s]*:[^:\s]*:\S/m,
    evidence: 'a password',
  },
  {
    kind: 'mysql',
    basenames: ['.my.cnf', '.mylogin.cnf'],
    path: /(?:^|\/)\.my\.cnf$/,
    shows: /^[ \t]*password[ \t]*=[ \t]*["']?[^\s"'#]/m,
    evidence: 'a password',
  },
  {
    kind: 'htpasswd',
    basenames: ['.htpasswd', 'htpasswd'],
    path: /(?:^|\/)\.?htpasswd$/,
    shows: /^[^:#\s]+:(?:\$(?:apr1|2[aby]|5|6)\$|\{SHA\})\S/m,
    evidence: 'a hash of a password',
  },
  {
    kind: 'vault',
    basenames: ['.vault-token'],
    path: /(?:^|\/)\.vault-token$/,
    shows: /^(?:hv[sbr]|[sbr])\.\S{16,}\s*$/,
    evidence: 'a token',
  },
  {
    kind: 'terraform',
    basenames: ['credentials.tfrc.json', '.terraformrc'],
    path: /(?:^|\/)(?:credentials\.tfrc\.json|\.terraformrc)$/,
    shows: /"?token"?\s*[:=]\s*"[^"\s]/,
    evidence: 'a token',
  },
  {
    kind: 'dotenv',
    basenames: ['.env', '.env.local', '.env.prod', '.env.production', '.env.staging', '.env.development'],
    path: /(?:^|\/)\.env(?:\.[a-z]+)?$/,
    shows:
      /^(?:export[ \t]{1,8})?\w{0,64}(?:SECRET|TOKEN|PASSWORD|PASSWD|API_?KEY|PRIVATE_KEY|ACCESS_KEY)\w{0,64}[ \t]{0,8}=[ \t]{0,8}["']?(?!\$|<|change|your|xxx|example|null\b|none\b|true\b|false\b)[^\s"'#]{4,}/im,
    evidence: 'a variable named like a secret',
  },
];
