// The plan and the app. Idle, they cost nothing unless instances are kept ready: each of these costs
// about US$21 a month with 2 GB (US$0.000004 a GB and second).

param location string
param tags object
param token string
param identityId string
param identityClientId string
param hostStorage string
param dataStorage string
param packagesUrl string
param connectionString string
param receiptKeysUri string
param publicSite bool
param publicPerMinute int
param allowedOrigins array
param instanceMemoryMB int
param perInstanceConcurrency int
param maximumInstanceCount int
param alwaysReady int

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  // checkov:skip=CKV_AZURE_225: an instance lost with its zone is replaced at the next request
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  // checkov:skip=CKV_AZURE_17: callers are browsers and programs with a key, which have no client certificate
  // checkov:skip=CKV_AZURE_222: the app is meant to be reached from the internet
  // checkov:skip=CKV_AZURE_212: Flex Consumption starts instances as requests come; alwaysReady keeps some
  // checkov:skip=CKV_AZURE_213: Flex Consumption has no health check of the platform; an alert watches not_ready
  // checkov:skip=CKV_AZURE_78: Flex Consumption refuses ftpsState; the passwords of FTP are off below
  // checkov:skip=CKV_AZURE_18: not set, so that a plan that takes few site settings cannot refuse the app; HTTP/1.1 is enough
  // checkov:skip=CKV_AZURE_67: not set, so that a plan that takes few site settings cannot refuse the app; HTTP/1.1 is enough
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    // Without it references are resolved with a system-assigned identity, which there is none of.
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: 'Enabled'
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packagesUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      // Flex Consumption was reported to ignore the limits in host.json: these are the plan's own.
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady == 0 ? [] : [{ name: 'http', instanceCount: alwaysReady }]
        triggers: { http: { perInstanceConcurrency: perInstanceConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      cors: { allowedOrigins: allowedOrigins, supportCredentials: false }
    }
  }
}

// Passwords for publishing are off: deployments sign in with Entra.
resource passwords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = [
  for name in ['ftp', 'scm']: {
    name: name
    parent: app
    properties: { allow: false }
  }
]

// Not set, on purpose: PYTHON_ENABLE_OPENTELEMETRY crashes the engine that is deployed, and
// PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY starts telemetry of its own, without our credential.
resource settings 'Microsoft.Web/sites/config@2024-04-01' = {
  // checkov:skip=CKV_AZURE_63: these are the app settings; requests are traced to Application Insights
  // checkov:skip=CKV_AZURE_65: an error must tell a caller nothing more than the app says
  // checkov:skip=CKV_AZURE_66: Flex Consumption has no such tracing
  // checkov:skip=CKV_AZURE_13: callers have keys of Functions, or none on a public site
  // checkov:skip=CKV_AZURE_80: there is no .NET in it
  // checkov:skip=CKV_AZURE_88: Flex Consumption mounts no share; the package is in blob storage
  // checkov:skip=CKV_AZURE_222: the app is meant to be reached from the internet
  name: 'appsettings'
  parent: app
  properties: {
    AzureWebJobsStorage__accountName: hostStorage
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    RECEIPT_KEYS: '@Microsoft.KeyVault(SecretUri=${receiptKeysUri})'
    SENTIMENT_STORAGE__accountName: dataStorage
    SENTIMENT_STORAGE__clientId: identityClientId
    // The package is read-only; what is kept here lasts as long as the instance.
    SENTIMENT_HOME: '/tmp/tweet-sentiment'
    SENTIMENT_PUBLIC: string(publicSite)
    SENTIMENT_PUBLIC_PER_MINUTE: string(publicPerMinute)
  }
}

output id string = app.id
output name string = app.name
output planName string = plan.name
output url string = 'https://${app.properties.defaultHostName}'
